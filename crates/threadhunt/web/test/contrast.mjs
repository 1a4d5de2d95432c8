// The smallest contrast between a text and what lies behind it (WCAG 2.2, 1.4.3); runs in the page.

export function smallestContrast() {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const channels = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const linear = (each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const style = getComputedStyle(element).backgroundColor;
    return channels(style)[3] === 255 || !element.parentElement ? style : behind(element.parentElement);
  };
  let smallest = { contrast: 21, text: "" };
  for (const element of document.querySelectorAll("h1, h2, h3, h4, p, span, bdi, dt, th, td, li, a, button, strong")) {
    if (!element.textContent.trim() || !element.checkVisibility()) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < smallest.contrast) smallest = { contrast, text: `${element.className} ${element.textContent.slice(0, 40)}` };
  }
  return smallest;
}
