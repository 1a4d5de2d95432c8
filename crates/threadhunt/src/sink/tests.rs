//! Goldens of every format, from batches built value by value.

use super::*;
use crate::event::{Batch, LayoutCache, Projection, RecordBuilder, SystemField as F, TokenKind as T};

const SYSMON: &str = "Microsoft-Windows-Sysmon";

pub(super) fn build(fill: impl FnOnce(&mut RecordBuilder<'_>)) -> Batch {
    let mut batch = Batch::default();
    batch.reset(std::sync::Arc::new(origin()));
    let mut cache = LayoutCache::default();
    let mut builder = RecordBuilder::new(&mut batch, &mut cache, 4608);
    fill(&mut builder);
    assert!(builder.finish(&Projection::everything()));
    batch
}

fn origin() -> crate::event::Origin {
    crate::event::Origin { file: r"logs\a.evtx".to_owned(), member: None }
}

pub(super) fn system(builder: &mut RecordBuilder<'_>, field: F, text: &str) {
    let slot = builder.batch().push_text(text);
    builder.system(field, slot);
}

/// Data as UTF-16, as a log has it.
pub(super) fn data(builder: &mut RecordBuilder<'_>, name: &str, text: &str) {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let slot = builder.batch().push_utf16(&units);
    builder.data(name, slot);
}

pub(super) fn typed(builder: &mut RecordBuilder<'_>, name: &str, text: &str) {
    let slot = builder.batch().push_text(text);
    builder.data(name, slot);
}

pub(super) fn token(builder: &mut RecordBuilder<'_>, kind: T, name: &str, text: &str) {
    let slot = builder.batch().push_text(text);
    builder.token(kind, name, slot);
}

/// The event of the page that the project starts from.
pub(super) fn remote_thread(builder: &mut RecordBuilder<'_>) {
    for (field, text) in [
        (F::ProviderName, SYSMON),
        (F::ProviderGuid, "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"),
        (F::EventId, "8"),
        (F::Version, "2"),
        (F::Level, "4"),
        (F::Task, "8"),
        (F::Opcode, "0"),
        (F::Keywords, "0x8000000000000000"),
        (F::EventRecordId, "3606757"),
        (F::ProcessId, "2336"),
        (F::ThreadId, "3652"),
        (F::Channel, "Microsoft-Windows-Sysmon/Operational"),
        (F::Computer, "DESKTOP-LFD11QP.RIVENDELL.local"),
        (F::UserId, "S-1-5-18"),
    ] {
        system(builder, field, text);
    }
    builder.time_created("2019-04-27T00:10:32.379011500Z");
    for (name, text) in [
        ("RuleName", ""),
        ("UtcTime", "2019-04-27 00:10:32.363"),
        ("SourceProcessGuid", "{1c9fdc81-9d71-5cc3-0000-00109cad0000}"),
        ("SourceProcessId", "604"),
        ("SourceImage", r"C:\Windows\System32\csrss.exe"),
        ("TargetProcessGuid", "{1c9fdc81-9d71-5cc3-0000-0010bbbc0000}"),
        ("TargetProcessId", "804"),
        ("TargetImage", r"C:\Windows\System32\services.exe"),
        ("NewThreadId", "6992"),
        ("StartAddress", "0x00007FFB26853970"),
        ("StartModule", r"C:\WINDOWS\System32\KERNELBASE.dll"),
        ("StartFunction", "CtrlRoutine"),
    ] {
        match name {
            "SourceProcessId" | "TargetProcessId" | "NewThreadId" => typed(builder, name, text),
            _ => data(builder, name, text),
        }
    }
}

fn lines(format: &str, ids: &[u16], batch: &Batch) -> String {
    let format = super::format(format, ids).expect("a format of the table");
    let mut out = Vec::new();
    format.begin(&mut out);
    batch.records().for_each(|record| format.record(record, &mut out));
    format.end(&mut out);
    String::from_utf8(out).expect("formats write UTF-8")
}

#[track_caller]
fn check(format: &str, ids: &[u16], fill: impl FnOnce(&mut RecordBuilder<'_>), expected: &str) {
    let out = lines(format, ids, &build(fill));
    assert_eq!(out, expected, "\n{out}");
}

#[test]
fn xml_is_windows_own() {
    let expected = r#"<Events>
<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
  <System>
    <Provider Name="Microsoft-Windows-Sysmon" Guid="{5770385f-c22a-43e0-bf4c-06f5698ffbd9}" />
    <EventID>8</EventID>
    <Version>2</Version>
    <Level>4</Level>
    <Task>8</Task>
    <Opcode>0</Opcode>
    <Keywords>0x8000000000000000</Keywords>
    <TimeCreated SystemTime="2019-04-27T00:10:32.3790115Z" />
    <EventRecordID>3606757</EventRecordID>
    <Correlation />
    <Execution ProcessID="2336" ThreadID="3652" />
    <Channel>Microsoft-Windows-Sysmon/Operational</Channel>
    <Computer>DESKTOP-LFD11QP.RIVENDELL.local</Computer>
    <Security UserID="S-1-5-18" />
  </System>
  <EventData>
    <Data Name="RuleName" />
    <Data Name="UtcTime">2019-04-27 00:10:32.363</Data>
    <Data Name="SourceProcessGuid">{1c9fdc81-9d71-5cc3-0000-00109cad0000}</Data>
    <Data Name="SourceProcessId">604</Data>
    <Data Name="SourceImage">C:\Windows\System32\csrss.exe</Data>
    <Data Name="TargetProcessGuid">{1c9fdc81-9d71-5cc3-0000-0010bbbc0000}</Data>
    <Data Name="TargetProcessId">804</Data>
    <Data Name="TargetImage">C:\Windows\System32\services.exe</Data>
    <Data Name="NewThreadId">6992</Data>
    <Data Name="StartAddress">0x00007FFB26853970</Data>
    <Data Name="StartModule">C:\WINDOWS\System32\KERNELBASE.dll</Data>
    <Data Name="StartFunction">CtrlRoutine</Data>
  </EventData>
</Event>
</Events>
"#;
    check("xml", &[8], remote_thread, expected);
}

#[test]
fn json_line_of_an_event() {
    let expected = concat!(
        r#"{"event_id":8,"event":"CreateRemoteThread","version":2,"record_id":3606757,"time":"2019-04-27T00:10:32.3790115Z","#,
        r#""computer":"DESKTOP-LFD11QP.RIVENDELL.local","channel":"Microsoft-Windows-Sysmon/Operational","provider":"Microsoft-Windows-Sysmon","#,
        r#""system":{"level":4,"task":8,"opcode":0,"keywords":"0x8000000000000000","process_id":2336,"thread_id":3652,"user_id":"S-1-5-18","#,
        r#""provider_guid":"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"},"#,
        r#""fields":{"RuleName":"","UtcTime":"2019-04-27 00:10:32.363","SourceProcessGuid":"{1c9fdc81-9d71-5cc3-0000-00109cad0000}","#,
        r#""SourceProcessId":604,"SourceImage":"C:\\Windows\\System32\\csrss.exe","TargetProcessGuid":"{1c9fdc81-9d71-5cc3-0000-0010bbbc0000}","#,
        r#""TargetProcessId":804,"TargetImage":"C:\\Windows\\System32\\services.exe","NewThreadId":6992,"StartAddress":"0x00007FFB26853970","#,
        r#""StartModule":"C:\\WINDOWS\\System32\\KERNELBASE.dll","StartFunction":"CtrlRoutine"},"#,
        r#""source":{"file":"logs\\a.evtx","offset":4608,"recovered":false}}"#,
        "\n"
    );
    check("jsonl", &[], remote_thread, expected);
}

#[test]
fn json_keeps_its_types_whatever_a_log_says() {
    use crate::event::Slot;
    let expected = concat!(
        r#"{"event_id":8,"event":"CreateRemoteThread","version":"02","record_id":7,"time":"1","computer":"-2","channel":"3","#,
        r#""provider":"Microsoft-Windows-Sysmon","system":{"level":"x","keywords":"4","user_id":"5","provider_guid":"6"},"#,
        r#""source":{"file":"logs\\a.evtx","offset":4608,"recovered":false}}"#,
        "\n"
    );
    let fill = |builder: &mut RecordBuilder<'_>| {
        system(builder, F::ProviderName, SYSMON);
        for (field, text) in [(F::EventId, "8"), (F::EventRecordId, "7"), (F::Version, "02"), (F::Level, "x")]
        {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let slot = builder.batch().push_utf16(&units);
            builder.system(field, slot);
        }
        for (field, number) in [(F::TimeCreated, 1), (F::Channel, 3), (F::Keywords, 4), (F::UserId, 5)] {
            builder.system(field, Slot::Unsigned(number));
        }
        builder.system(F::Computer, Slot::Signed(-2));
        builder.system(F::ProviderGuid, Slot::Unsigned(6));
    };
    check("jsonl", &[], fill, expected);
}

#[test]
fn text_is_sysmons_message() {
    let expected = r"2019-04-27T00:10:32.3790115Z  DESKTOP-LFD11QP.RIVENDELL.local  record 3606757  Microsoft-Windows-Sysmon/Operational
CreateRemoteThread detected:
RuleName: 
UtcTime: 2019-04-27 00:10:32.363
SourceProcessGuid: {1c9fdc81-9d71-5cc3-0000-00109cad0000}
SourceProcessId: 604
SourceImage: C:\Windows\System32\csrss.exe
TargetProcessGuid: {1c9fdc81-9d71-5cc3-0000-0010bbbc0000}
TargetProcessId: 804
TargetImage: C:\Windows\System32\services.exe
NewThreadId: 6992
StartAddress: 0x00007FFB26853970
StartModule: C:\WINDOWS\System32\KERNELBASE.dll
StartFunction: CtrlRoutine

";
    check("text", &[8], remote_thread, expected);
}

#[test]
fn csv_has_the_schemas_columns() {
    let expected = r"time,computer,record_id,event_id,event,RuleName,UtcTime,SourceProcessGuid,SourceProcessId,SourceImage,TargetProcessGuid,TargetProcessId,TargetImage,NewThreadId,StartAddress,StartModule,StartFunction,SourceUser,TargetUser,other
2019-04-27T00:10:32.3790115Z,DESKTOP-LFD11QP.RIVENDELL.local,3606757,8,CreateRemoteThread,,2019-04-27 00:10:32.363,{1c9fdc81-9d71-5cc3-0000-00109cad0000},604,C:\Windows\System32\csrss.exe,{1c9fdc81-9d71-5cc3-0000-0010bbbc0000},804,C:\Windows\System32\services.exe,6992,0x00007FFB26853970,C:\WINDOWS\System32\KERNELBASE.dll,CtrlRoutine,,,
";
    check("csv", &[8], remote_thread, expected);
}

/// What an attacker may name a process.
pub(super) fn hostile(builder: &mut RecordBuilder<'_>) {
    system(builder, F::ProviderName, SYSMON);
    system(builder, F::EventId, "8");
    data(builder, "RuleName", "-");
    data(builder, "SourceImage", "=cmd|'/c calc'!A1");
    data(builder, "TargetImage", "a,\"b\"\r\n\u{1b}[2J\u{9b}\u{202e}<x>&\u{7f}\u{fffe}");
    builder.data("StartModule", crate::event::Slot::Absent);
    let lone = builder.batch().push_utf16(&[0x41, 0, 0x00, 0xd8]);
    builder.data("StartFunction", lone);
    data(builder, "New\nName", "+1");
    builder.mark_recovered();
    builder.note("odd -- note-");
}

#[test]
fn hostile_values_in_json() {
    let expected = concat!(
        r#"{"event_id":8,"event":"CreateRemoteThread","provider":"Microsoft-Windows-Sysmon","#,
        r#""fields":{"RuleName":"-","SourceImage":"=cmd|'/c calc'!A1","#,
        r#""TargetImage":"a,\"b\"\r\n\u001b[2J\u009b\u202e<x>&\u007f"#,
        "\u{fffe}",
        r#"","StartModule":"","StartFunction":"A"#,
        "\u{fffd}",
        r#"","New\nName":"+1"},"#,
        r#""notes":["odd -- note-"],"source":{"file":"logs\\a.evtx","offset":4608,"recovered":true},"#,
        r#""surrogates":["d800"]}"#,
        "\n"
    );
    check("jsonl", &[], hostile, expected);
}

#[test]
fn hostile_values_in_xml() {
    let expected = "<Events>
<!-- recovered from where no living record should be -->
<!-- odd - - note- -->
<!-- 3 characters that XML cannot hold replaced by U+FFFD -->
<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">
  <System>
    <Provider Name=\"Microsoft-Windows-Sysmon\" />
    <EventID>8</EventID>
    <Correlation />
    <Security />
  </System>
  <EventData>
    <Data Name=\"RuleName\">-</Data>
    <Data Name=\"SourceImage\">=cmd|'/c calc'!A1</Data>
    <Data Name=\"TargetImage\">a,\"b\"&#xd;\n\u{fffd}[2J&#x9b;&#x202e;&lt;x&gt;&amp;&#x7f;\u{fffd}</Data>
    <Data Name=\"StartModule\" />
    <Data Name=\"StartFunction\">A\u{fffd}</Data>
    <Data Name=\"New&#xa;Name\">+1</Data>
  </EventData>
</Event>
</Events>
";
    check("xml", &[], hostile, expected);
}

#[test]
fn hostile_values_in_csv_and_text() {
    let row = lines("csv", &[8], &build(hostile));
    let row = row.split_once("other\n").expect("a header").1;
    assert_eq!(
        row,
        ",,,8,CreateRemoteThread,-,,,,'=cmd|'/c calc'!A1,,,\"a,\"\"b\"\"\r\n\\u{1b}[2J\\u{9b}\\u{202e}<x>&\\u{7f}\u{fffe}\",,,,A\\u{d800},,,\"New\nName=+1\"\n"
    );
    let text = lines("text", &[8], &build(hostile));
    assert!(text.starts_with("recovered\nCreateRemoteThread detected:\nRuleName: -\n"), "{text}");
    assert!(
        text.contains("TargetImage: a,\"b\"\\u{d}\\u{a}\\u{1b}[2J\\u{9b}\\u{202e}<x>&\\u{7f}\u{fffe}\n"),
        "{text}"
    );
    assert!(text.contains("New\\u{a}Name: +1\n(note): odd -- note-\n\n"), "{text}");
}

/// A record of another provider, with all that trees can hold.
pub(super) fn other(builder: &mut RecordBuilder<'_>) {
    system(builder, F::ProviderName, "Some-Provider");
    system(builder, F::EventId, "8");
    data(builder, "", "first");
    data(builder, "Name", "x");
    data(builder, "Name", "y");
    builder.data("Count", crate::event::Slot::Signed(-3));
    data(builder, "", "last");
    for (kind, name, text) in [
        (T::Open, "UserData", ""),
        (T::Open, "Log", ""),
        (T::Attribute, "n:version", "1"),
        (T::Open, "User", ""),
        (T::Text, "", "Jörg"),
        (T::Close, "", ""),
        (T::Open, "Empty", ""),
        (T::Close, "", ""),
        (T::Open, "Item", ""),
        (T::Text, "", "1"),
        (T::Close, "", ""),
        (T::Open, "Item", ""),
        (T::Text, "", ""),
        (T::Close, "", ""),
        (T::Close, "", ""),
        (T::Close, "", ""),
        (T::Open, "EventData", ""),
        (T::Attribute, "Name", "Odd"),
        (T::Text, "", "mixed"),
        (T::Open, "@b", ""),
        (T::Close, "", ""),
        (T::Text, "", "text"),
        (T::Close, "", ""),
    ] {
        token(builder, kind, name, text);
    }
}

#[test]
fn trees_and_odd_data_in_json() {
    let expected = concat!(
        r#"{"event_id":8,"provider":"Some-Provider","fields":{"Name":"x","Count":-3},"#,
        r#""data":[{"at":0,"value":"first"},{"at":2,"name":"Name","value":"y"},"last"],"#,
        r#""user_data":{"UserData":{"Log":{"@n:version":"1","User":"Jörg","Empty":null,"Item":["1",""]}},"#,
        r##""EventData":{"#children":[{"@Name":"Odd"},{"#text":"mixed"},{"#element:@b":null},{"#text":"text"}]}},"##,
        r#""source":{"file":"logs\\a.evtx","offset":4608,"recovered":false}}"#,
        "\n"
    );
    check("jsonl", &[], other, expected);
}

#[test]
fn trees_and_odd_data_in_xml() {
    let out = lines("xml", &[], &build(other));
    let body = out.split_once("  </System>\n").expect("a system section").1;
    let expected = r#"  <UserData>
    <Log n:version="1" xmlns:n="urn:threadhunt:undeclared:n">
      <User>Jörg</User>
      <Empty />
      <Item>1</Item>
      <Item />
    </Log>
  </UserData>
  <EventData Name="Odd"><Data>first</Data><Data Name="Name">x</Data><Data Name="Name">y</Data><Data Name="Count">-3</Data><Data>last</Data>mixed<_b />text</EventData>
</Event>
</Events>
"#;
    assert_eq!(body, expected);
    assert!(out.contains("<!-- name \"@b\" written as _b -->\n"), "{out}");
}

#[test]
fn trees_and_odd_data_in_text_and_csv() {
    let text = lines("text", &[], &build(other));
    let expected = "Some-Provider event 8:\nData: first\nName: x\nName: y\nCount: -3\nData: last\nUserData/Log/@n:version: 1\nUserData/Log/User: Jörg\nUserData/Log/Item: 1\nUserData/Log/Item: \nEventData/@Name: Odd\nEventData: mixed\nEventData: text\n\n";
    assert_eq!(text, expected);
    let csv = lines("csv", &[8], &build(other));
    assert!(csv.ends_with(",,,8,,,,,,,,,,,,,,,,Provider=Some-Provider; first; Name=x; Name=y; Count=-3; last; UserData/Log/@n:version=1; UserData/Log/User=Jörg; UserData/Log/Item=1; UserData/Log/Item=; EventData/@Name=Odd; EventData=mixed; EventData=text\n"), "{csv}");
}

#[test]
fn csv_columns_are_the_union_in_schema_order() {
    let mut out = Vec::new();
    Csv::new(&[8, 10]).begin(&mut out);
    let header = String::from_utf8(out).expect("UTF-8");
    let columns: Vec<&str> = header.trim_end().split(',').collect();
    let distinct: std::collections::HashSet<_> = columns.iter().collect();
    assert_eq!(distinct.len(), columns.len());
    assert_eq!(columns[5], "RuleName");
    let place = |name: &str| columns.iter().position(|column| *column == name).expect(name);
    assert!(
        place("StartFunction") < place("SourceProcessGUID")
            && place("SourceProcessGUID") < place("CallTrace")
    );
}

#[test]
fn every_format_has_its_own_name() {
    let names: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
    assert_eq!(names, ["text", "jsonl", "csv", "xml", "bulk", "timesketch"]);
    assert!(format("yaml", &[]).is_none());
}
