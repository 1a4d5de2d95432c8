//! Call traces of events 10: `C:\Windows\SYSTEM32\ntdll.dll+9d1e4|UNKNOWN(000001F2A0B1C2D3)`.
//!
//! The innermost frame comes first. Addresses within modules are offsets, so functions cannot be
//! named; addresses in no module are whole.

/// Frames looked at: real traces have a few dozen.
const MAX_FRAMES: usize = 256;

/// A call trace as logged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trace<'t>(pub(super) &'t str);

/// A place in a call trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'t> {
    /// In a module, by its path as logged.
    Module(&'t str),
    /// In no module that Sysmon could see.
    Nowhere(u64),
}

impl<'t> Trace<'t> {
    /// The frames, innermost first; what is neither kind is left out.
    pub(super) fn frames(self) -> impl Iterator<Item = Frame<'t>> {
        self.0.split('|').take(MAX_FRAMES).filter_map(frame)
    }

    /// The addresses in no module.
    pub(super) fn nowhere(self) -> impl Iterator<Item = u64> {
        self.frames().filter_map(|frame| match frame {
            Frame::Nowhere(at) => Some(at),
            Frame::Module(_) => None,
        })
    }
}

fn frame(text: &str) -> Option<Frame<'_>> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("UNKNOWN(") {
        let digits = inner.strip_suffix(')').unwrap_or(inner);
        return u64::from_str_radix(digits, 16).ok().map(Frame::Nowhere);
    }
    let path = text.rsplit_once('+').map_or(text, |(path, _)| path);
    (!path.is_empty()).then_some(Frame::Module(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_modules_or_addresses() {
        let text =
            r"C:\WINDOWS\SYSTEM32\ntdll.dll+9d1e4|C:\a+b\x.dll+1|UNKNOWN(000001F2A0B1C2D3)|UNKNOWN(zz)||-";
        let frames: Vec<Frame<'_>> = Trace(text).frames().collect();
        let (module, nowhere) = (Frame::Module, Frame::Nowhere);
        let ntdll = module(r"C:\WINDOWS\SYSTEM32\ntdll.dll");
        assert_eq!(frames, [ntdll, module(r"C:\a+b\x.dll"), nowhere(0x1f2_a0b1_c2d3), module("-")]);
        assert_eq!(Trace(text).nowhere().collect::<Vec<_>>(), [0x1f2_a0b1_c2d3]);
        assert_eq!(Trace(&"UNKNOWN(1)|".repeat(1000)).frames().count(), MAX_FRAMES);
    }
}
