// Written by `cargo xtask codegen` from crates/threadhunt/data; edit the tables, not this file.

use super::{Derive, EventSchema, FieldId, FieldSchema, FieldType, Platform, Provider, StandardName};

/// What most fields and names leave out.
const FIELD: FieldSchema = FieldSchema::EMPTY;
const NAME: StandardName = StandardName::EMPTY;

pub(super) static PROVIDERS: &[Provider] = &[
    Provider {
        name: "Microsoft-Windows-Sysmon",
        guid: "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
        channel: "Microsoft-Windows-Sysmon/Operational",
        platform: Platform::Windows,
    },
    Provider {
        name: "Linux-Sysmon",
        guid: "{ff032593-a8d3-4f13-b0d6-01fc615a0f97}",
        channel: "Linux-Sysmon/Operational",
        platform: Platform::Linux,
    },
    Provider {
        name: "Threadhunt-Linux",
        guid: "{31b74239-004e-4435-9c40-965619c76bd2}",
        channel: "Threadhunt-Linux/Operational",
        platform: Platform::Linux,
    },
];

/// One constant for each field name.
pub mod fields {
    use super::FieldId;

    /// `Archived`.
    pub const ARCHIVED: FieldId = FieldId(0);
    /// `CallTrace`.
    pub const CALL_TRACE: FieldId = FieldId(1);
    /// `ClientInfo`.
    pub const CLIENT_INFO: FieldId = FieldId(2);
    /// `CommandLine`.
    pub const COMMAND_LINE: FieldId = FieldId(3);
    /// `Company`.
    pub const COMPANY: FieldId = FieldId(4);
    /// `Configuration`.
    pub const CONFIGURATION: FieldId = FieldId(5);
    /// `ConfigurationFileHash`.
    pub const CONFIGURATION_FILE_HASH: FieldId = FieldId(6);
    /// `Consumer`.
    pub const CONSUMER: FieldId = FieldId(7);
    /// `Contents`.
    pub const CONTENTS: FieldId = FieldId(8);
    /// `CreationUtcTime`.
    pub const CREATION_UTC_TIME: FieldId = FieldId(9);
    /// `CurrentDirectory`.
    pub const CURRENT_DIRECTORY: FieldId = FieldId(10);
    /// `Description`.
    pub const DESCRIPTION: FieldId = FieldId(11);
    /// `Destination`.
    pub const DESTINATION: FieldId = FieldId(12);
    /// `DestinationHostname`.
    pub const DESTINATION_HOSTNAME: FieldId = FieldId(13);
    /// `DestinationIp`.
    pub const DESTINATION_IP: FieldId = FieldId(14);
    /// `DestinationIsIpv6`.
    pub const DESTINATION_IS_IPV6: FieldId = FieldId(15);
    /// `DestinationPort`.
    pub const DESTINATION_PORT: FieldId = FieldId(16);
    /// `DestinationPortName`.
    pub const DESTINATION_PORT_NAME: FieldId = FieldId(17);
    /// `Details`.
    pub const DETAILS: FieldId = FieldId(18);
    /// `Device`.
    pub const DEVICE: FieldId = FieldId(19);
    /// `EventNamespace`.
    pub const EVENT_NAMESPACE: FieldId = FieldId(20);
    /// `EventType`.
    pub const EVENT_TYPE: FieldId = FieldId(21);
    /// `FileVersion`.
    pub const FILE_VERSION: FieldId = FieldId(22);
    /// `Filter`.
    pub const FILTER: FieldId = FieldId(23);
    /// `GrantedAccess`.
    pub const GRANTED_ACCESS: FieldId = FieldId(24);
    /// `Hash`.
    pub const HASH: FieldId = FieldId(25);
    /// `Hashes`.
    pub const HASHES: FieldId = FieldId(26);
    /// `ID`.
    pub const ID: FieldId = FieldId(27);
    /// `Image`.
    pub const IMAGE: FieldId = FieldId(28);
    /// `ImageLoaded`.
    pub const IMAGE_LOADED: FieldId = FieldId(29);
    /// `Initiated`.
    pub const INITIATED: FieldId = FieldId(30);
    /// `IntegrityLevel`.
    pub const INTEGRITY_LEVEL: FieldId = FieldId(31);
    /// `IsExecutable`.
    pub const IS_EXECUTABLE: FieldId = FieldId(32);
    /// `LogonGuid`.
    pub const LOGON_GUID: FieldId = FieldId(33);
    /// `LogonId`.
    pub const LOGON_ID: FieldId = FieldId(34);
    /// `Name`.
    pub const NAME: FieldId = FieldId(35);
    /// `NewName`.
    pub const NEW_NAME: FieldId = FieldId(36);
    /// `NewThreadId`.
    pub const NEW_THREAD_ID: FieldId = FieldId(37);
    /// `Operation`.
    pub const OPERATION: FieldId = FieldId(38);
    /// `OriginalFileName`.
    pub const ORIGINAL_FILE_NAME: FieldId = FieldId(39);
    /// `ParentCommandLine`.
    pub const PARENT_COMMAND_LINE: FieldId = FieldId(40);
    /// `ParentImage`.
    pub const PARENT_IMAGE: FieldId = FieldId(41);
    /// `ParentProcessGuid`.
    pub const PARENT_PROCESS_GUID: FieldId = FieldId(42);
    /// `ParentProcessId`.
    pub const PARENT_PROCESS_ID: FieldId = FieldId(43);
    /// `ParentUser`.
    pub const PARENT_USER: FieldId = FieldId(44);
    /// `PipeName`.
    pub const PIPE_NAME: FieldId = FieldId(45);
    /// `PreviousCreationUtcTime`.
    pub const PREVIOUS_CREATION_UTC_TIME: FieldId = FieldId(46);
    /// `ProcessGuid`.
    pub const PROCESS_GUID: FieldId = FieldId(47);
    /// `ProcessId`.
    pub const PROCESS_ID: FieldId = FieldId(48);
    /// `Product`.
    pub const PRODUCT: FieldId = FieldId(49);
    /// `Protocol`.
    pub const PROTOCOL: FieldId = FieldId(50);
    /// `Query`.
    pub const QUERY: FieldId = FieldId(51);
    /// `QueryName`.
    pub const QUERY_NAME: FieldId = FieldId(52);
    /// `QueryResults`.
    pub const QUERY_RESULTS: FieldId = FieldId(53);
    /// `QueryStatus`.
    pub const QUERY_STATUS: FieldId = FieldId(54);
    /// `RuleName`.
    pub const RULE_NAME: FieldId = FieldId(55);
    /// `SchemaVersion`.
    pub const SCHEMA_VERSION: FieldId = FieldId(56);
    /// `SequenceNumber`.
    pub const SEQUENCE_NUMBER: FieldId = FieldId(57);
    /// `Session`.
    pub const SESSION: FieldId = FieldId(58);
    /// `Signature`.
    pub const SIGNATURE: FieldId = FieldId(59);
    /// `SignatureStatus`.
    pub const SIGNATURE_STATUS: FieldId = FieldId(60);
    /// `Signed`.
    pub const SIGNED: FieldId = FieldId(61);
    /// `SourceHostname`.
    pub const SOURCE_HOSTNAME: FieldId = FieldId(62);
    /// `SourceImage`.
    pub const SOURCE_IMAGE: FieldId = FieldId(63);
    /// `SourceIp`.
    pub const SOURCE_IP: FieldId = FieldId(64);
    /// `SourceIsIpv6`.
    pub const SOURCE_IS_IPV6: FieldId = FieldId(65);
    /// `SourcePort`.
    pub const SOURCE_PORT: FieldId = FieldId(66);
    /// `SourcePortName`.
    pub const SOURCE_PORT_NAME: FieldId = FieldId(67);
    /// `SourceProcessGUID`.
    pub const SOURCE_PROCESS_GUID_CAPS: FieldId = FieldId(68);
    /// `SourceProcessGuid`.
    pub const SOURCE_PROCESS_GUID: FieldId = FieldId(69);
    /// `SourceProcessId`.
    pub const SOURCE_PROCESS_ID: FieldId = FieldId(70);
    /// `SourceThreadId`.
    pub const SOURCE_THREAD_ID: FieldId = FieldId(71);
    /// `SourceUser`.
    pub const SOURCE_USER: FieldId = FieldId(72);
    /// `StartAddress`.
    pub const START_ADDRESS: FieldId = FieldId(73);
    /// `StartFunction`.
    pub const START_FUNCTION: FieldId = FieldId(74);
    /// `StartModule`.
    pub const START_MODULE: FieldId = FieldId(75);
    /// `State`.
    pub const STATE: FieldId = FieldId(76);
    /// `TargetFilename`.
    pub const TARGET_FILENAME: FieldId = FieldId(77);
    /// `TargetImage`.
    pub const TARGET_IMAGE: FieldId = FieldId(78);
    /// `TargetObject`.
    pub const TARGET_OBJECT: FieldId = FieldId(79);
    /// `TargetProcessGUID`.
    pub const TARGET_PROCESS_GUID_CAPS: FieldId = FieldId(80);
    /// `TargetProcessGuid`.
    pub const TARGET_PROCESS_GUID: FieldId = FieldId(81);
    /// `TargetProcessId`.
    pub const TARGET_PROCESS_ID: FieldId = FieldId(82);
    /// `TargetUser`.
    pub const TARGET_USER: FieldId = FieldId(83);
    /// `TerminalSessionId`.
    pub const TERMINAL_SESSION_ID: FieldId = FieldId(84);
    /// `Type`.
    pub const TYPE: FieldId = FieldId(85);
    /// `User`.
    pub const USER: FieldId = FieldId(86);
    /// `UtcTime`.
    pub const UTC_TIME: FieldId = FieldId(87);
    /// `Version`.
    pub const VERSION: FieldId = FieldId(88);
}

/// Field names in the order of their bytes, with their types.
pub(super) static FIELDS: [(&str, FieldType); 89] = [
    ("Archived", FieldType::String),
    ("CallTrace", FieldType::String),
    ("ClientInfo", FieldType::String),
    ("CommandLine", FieldType::String),
    ("Company", FieldType::String),
    ("Configuration", FieldType::String),
    ("ConfigurationFileHash", FieldType::Hashes),
    ("Consumer", FieldType::String),
    ("Contents", FieldType::String),
    ("CreationUtcTime", FieldType::Date),
    ("CurrentDirectory", FieldType::Path),
    ("Description", FieldType::String),
    ("Destination", FieldType::String),
    ("DestinationHostname", FieldType::String),
    ("DestinationIp", FieldType::String),
    ("DestinationIsIpv6", FieldType::Bool),
    ("DestinationPort", FieldType::Integer),
    ("DestinationPortName", FieldType::String),
    ("Details", FieldType::String),
    ("Device", FieldType::Path),
    ("EventNamespace", FieldType::String),
    ("EventType", FieldType::String),
    ("FileVersion", FieldType::String),
    ("Filter", FieldType::String),
    ("GrantedAccess", FieldType::Hex),
    ("Hash", FieldType::Hashes),
    ("Hashes", FieldType::Hashes),
    ("ID", FieldType::String),
    ("Image", FieldType::Path),
    ("ImageLoaded", FieldType::Path),
    ("Initiated", FieldType::Bool),
    ("IntegrityLevel", FieldType::String),
    ("IsExecutable", FieldType::Bool),
    ("LogonGuid", FieldType::Guid),
    ("LogonId", FieldType::Hex),
    ("Name", FieldType::String),
    ("NewName", FieldType::String),
    ("NewThreadId", FieldType::Integer),
    ("Operation", FieldType::String),
    ("OriginalFileName", FieldType::String),
    ("ParentCommandLine", FieldType::String),
    ("ParentImage", FieldType::Path),
    ("ParentProcessGuid", FieldType::Guid),
    ("ParentProcessId", FieldType::Integer),
    ("ParentUser", FieldType::String),
    ("PipeName", FieldType::String),
    ("PreviousCreationUtcTime", FieldType::Date),
    ("ProcessGuid", FieldType::Guid),
    ("ProcessId", FieldType::Integer),
    ("Product", FieldType::String),
    ("Protocol", FieldType::String),
    ("Query", FieldType::String),
    ("QueryName", FieldType::String),
    ("QueryResults", FieldType::String),
    ("QueryStatus", FieldType::String),
    ("RuleName", FieldType::String),
    ("SchemaVersion", FieldType::String),
    ("SequenceNumber", FieldType::Integer),
    ("Session", FieldType::Integer),
    ("Signature", FieldType::String),
    ("SignatureStatus", FieldType::String),
    ("Signed", FieldType::String),
    ("SourceHostname", FieldType::String),
    ("SourceImage", FieldType::Path),
    ("SourceIp", FieldType::String),
    ("SourceIsIpv6", FieldType::Bool),
    ("SourcePort", FieldType::Integer),
    ("SourcePortName", FieldType::String),
    ("SourceProcessGUID", FieldType::Guid),
    ("SourceProcessGuid", FieldType::Guid),
    ("SourceProcessId", FieldType::Integer),
    ("SourceThreadId", FieldType::Integer),
    ("SourceUser", FieldType::String),
    ("StartAddress", FieldType::HexString),
    ("StartFunction", FieldType::String),
    ("StartModule", FieldType::Path),
    ("State", FieldType::String),
    ("TargetFilename", FieldType::Path),
    ("TargetImage", FieldType::Path),
    ("TargetObject", FieldType::String),
    ("TargetProcessGUID", FieldType::Guid),
    ("TargetProcessGuid", FieldType::Guid),
    ("TargetProcessId", FieldType::Integer),
    ("TargetUser", FieldType::String),
    ("TerminalSessionId", FieldType::Integer),
    ("Type", FieldType::String),
    ("User", FieldType::String),
    ("UtcTime", FieldType::Date),
    ("Version", FieldType::String),
];

pub(super) static EVENTS: &[EventSchema] = &[
    EventSchema {
        id: 1,
        platform: Platform::Windows,
        tag: "ProcessCreate",
        symbol: "SYSMONEVENT_CREATE_PROCESS",
        filterable: true,
        logged_without_filter: true,
        title: "Process creation",
        template: "Process Create",
        task_text: "Process Create (rule: ProcessCreate)",
        version: 5,
        versions: &[("2.00", 4), ("3.10", 5)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A new process started. The event carries the image, its version resource and hashes, both command lines and the logon session, so it is the event that the others are joined to by ProcessGuid.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-1-process-creation",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1218.011,technique_name=Rundll32"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::FILE_VERSION,
                name: "FileVersion",
                since: "4.00",
                doc: "File version in the version resource of the file.",
                sample: Some("10.0.19041.3636 (WinBuild.160101.0800)"),
                standard_names: &[StandardName { name: "file_version", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESCRIPTION,
                name: "Description",
                since: "4.00",
                doc: "File description in the version resource of the file.",
                sample: Some("Windows host process (Rundll32)"),
                standard_names: &[StandardName { name: "file_description", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PRODUCT,
                name: "Product",
                since: "4.00",
                doc: "Product name in the version resource of the file.",
                sample: Some("Microsoft® Windows® Operating System"),
                standard_names: &[StandardName { name: "file_product", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::COMPANY,
                name: "Company",
                since: "4.00",
                doc: "Company name in the version resource of the file.",
                sample: Some("Microsoft Corporation"),
                standard_names: &[StandardName { name: "file_company", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ORIGINAL_FILE_NAME,
                name: "OriginalFileName",
                since: "4.21",
                doc: "Name the file was built with, from its version resource; it survives a rename of the file.",
                sample: Some("RUNDLL32.EXE"),
                standard_names: &[StandardName { name: "file_name_original", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::COMMAND_LINE,
                name: "CommandLine",
                since: "2.00",
                doc: "Command line the process was started with.",
                sample: Some("rundll32.exe C:\\Users\\Public\\update.dll,Start"),
                standard_names: &[StandardName { name: "process_command_line", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CURRENT_DIRECTORY,
                name: "CurrentDirectory",
                since: "2.00",
                doc: "Working directory of the process when it started.",
                sample: Some("C:\\Users\\ada\\"),
                standard_names: &[StandardName { name: "process_current_directory", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "2.00",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::LOGON_GUID,
                name: "LogonGuid",
                since: "2.00",
                doc: "Identity of the logon session, built like a ProcessGuid from machine, logon time and logon id.",
                sample: Some("{5f8e1a2c-15f6-69b5-9e2f-070000000000}"),
                standard_names: &[StandardName { name: "user_logon_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::LOGON_ID,
                name: "LogonId",
                since: "2.00",
                doc: "Logon id (LUID) of the session, as also found in the Security log.",
                bits: Some(64),
                sample: Some("0x72f9e"),
                standard_names: &[StandardName { name: "user_logon_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TERMINAL_SESSION_ID,
                name: "TerminalSessionId",
                since: "2.00",
                doc: "Number of the terminal session the process belongs to; 0 is that of the services.",
                bits: Some(32),
                sample: Some("1"),
                standard_names: &[StandardName { name: "user_session_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::INTEGRITY_LEVEL,
                name: "IntegrityLevel",
                since: "2.00",
                doc: "Integrity level of the token of the process, such as Medium, High or System.",
                sample: Some("Medium"),
                standard_names: &[StandardName { name: "process_integrity_level", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "2.00",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_PROCESS_GUID,
                name: "ParentProcessGuid",
                since: "2.00",
                doc: "ProcessGuid of the process that started this one.",
                sample: Some("{5f8e1a2c-1603-69b5-9b01-000000003b00}"),
                standard_names: &[StandardName { name: "process_parent_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_PROCESS_ID,
                name: "ParentProcessId",
                since: "2.00",
                doc: "Process id of the process that started this one.",
                bits: Some(32),
                sample: Some("3120"),
                standard_names: &[StandardName { name: "process_parent_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_IMAGE,
                name: "ParentImage",
                since: "2.00",
                doc: "Path of the executable of the process that started this one.",
                sample: Some("C:\\Windows\\explorer.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_parent_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that started this one."),
                        sample: Some("explorer.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_parent_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_COMMAND_LINE,
                name: "ParentCommandLine",
                since: "2.00",
                doc: "Command line of the process that started this one.",
                sample: Some("C:\\Windows\\Explorer.EXE"),
                standard_names: &[StandardName { name: "process_parent_command_line", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_USER,
                name: "ParentUser",
                since: "4.80",
                doc: "Account of the process that started this one.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "process_parent_user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 2,
        platform: Platform::Windows,
        tag: "FileCreateTime",
        symbol: "SYSMONEVENT_FILE_TIME",
        filterable: true,
        logged_without_filter: false,
        title: "A process changed a file creation time",
        template: "File creation time changed",
        task_text: "File creation time changed (rule: FileCreateTime)",
        version: 5,
        versions: &[("2.00", 3), ("3.10", 4), ("4.32", 5)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A process changed the creation time of a file. Installers and archivers do so honestly; intruders do it to make a new file look as old as the system.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-2-a-process-changed-a-file-creation-time",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1070.006,technique_name=Timestomp"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "2.00",
                doc: "Path of the file whose creation time was changed.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CREATION_UTC_TIME,
                name: "CreationUtcTime",
                since: "2.00",
                doc: "New creation time of the file in UTC.",
                sample: Some("2019-12-07 09:09:39.110"),
                standard_names: &[StandardName { name: "file_creation_time", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PREVIOUS_CREATION_UTC_TIME,
                name: "PreviousCreationUtcTime",
                since: "2.00",
                doc: "Creation time of the file in UTC before it was changed.",
                sample: Some("2026-03-14 09:26:12.047"),
                standard_names: &[StandardName { name: "file_previous_creation_time", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 3,
        platform: Platform::Windows,
        tag: "NetworkConnect",
        symbol: "SYSMONEVENT_NETWORK_CONNECT",
        filterable: true,
        logged_without_filter: false,
        title: "Network connection",
        template: "Network connection detected",
        task_text: "Network connection detected (rule: NetworkConnect)",
        version: 5,
        versions: &[("2.00", 4), ("3.10", 5)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A process opened or accepted a TCP or UDP connection. Addresses, ports and their resolved names are given for both ends.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-3-network-connection",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1071.001,technique_name=Web Protocols"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "2.00",
                doc: "Account of the process that owns the connection, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROTOCOL,
                name: "Protocol",
                since: "2.00",
                doc: "Transport protocol, tcp or udp.",
                sample: Some("tcp"),
                standard_names: &[StandardName { name: "network_protocol", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::INITIATED,
                name: "Initiated",
                since: "2.00",
                doc: "true when the process opened the connection, false when it accepted it.",
                sample: Some("true"),
                standard_names: &[StandardName { name: "network_connection_initiated", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IS_IPV6,
                name: "SourceIsIpv6",
                since: "2.00",
                doc: "true when SourceIp is an IPv6 address.",
                sample: Some("false"),
                standard_names: &[StandardName { name: "src_is_ipv6", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IP,
                name: "SourceIp",
                since: "2.00",
                doc: "Address of the near end when the process initiated the connection.",
                sample: Some("10.20.0.41"),
                standard_names: &[StandardName { name: "src_ip_addr", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_HOSTNAME,
                name: "SourceHostname",
                since: "2.00",
                doc: "Name resolved for SourceIp, where one was found.",
                sample: Some("WS-041.corp.example"),
                standard_names: &[StandardName { name: "src_host_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PORT,
                name: "SourcePort",
                since: "2.00",
                doc: "Port at SourceIp.",
                bits: Some(16),
                sample: Some("51844"),
                standard_names: &[StandardName { name: "src_port", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PORT_NAME,
                name: "SourcePortName",
                since: "2.00",
                doc: "Service name registered for SourcePort, where there is one.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "src_port_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_IS_IPV6,
                name: "DestinationIsIpv6",
                since: "2.00",
                doc: "true when DestinationIp is an IPv6 address.",
                sample: Some("false"),
                standard_names: &[StandardName { name: "dst_is_ipv6", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_IP,
                name: "DestinationIp",
                since: "2.00",
                doc: "Address of the far end when the process initiated the connection.",
                sample: Some("203.0.113.7"),
                standard_names: &[StandardName { name: "dst_ip_addr", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_HOSTNAME,
                name: "DestinationHostname",
                since: "2.00",
                doc: "Name resolved for DestinationIp, where one was found; it is not the name the process asked for.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "dst_host_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_PORT,
                name: "DestinationPort",
                since: "2.00",
                doc: "Port at DestinationIp.",
                bits: Some(16),
                sample: Some("443"),
                standard_names: &[StandardName { name: "dst_port", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_PORT_NAME,
                name: "DestinationPortName",
                since: "2.00",
                doc: "Service name registered for DestinationPort, where there is one.",
                sample: Some("https"),
                standard_names: &[StandardName { name: "dst_port_name", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 4,
        platform: Platform::Windows,
        tag: "ServiceStateChange",
        symbol: "SYSMONEVENT_SERVICE_STATE_CHANGE",
        filterable: false,
        logged_without_filter: true,
        title: "Sysmon service state changed",
        template: "Sysmon service state changed",
        task_text: "Sysmon service state changed",
        version: 3,
        versions: &[("2.00", 2), ("3.10", 3)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "The Sysmon service started or stopped. A stop that nobody planned opens a gap in everything else the log could have shown.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-4-sysmon-service-state-changed",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the change in UTC, to the millisecond.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::STATE,
                name: "State",
                since: "2.00",
                doc: "New state of the service: Started or Stopped.",
                sample: Some("Started"),
                standard_names: &[StandardName { name: "service_state", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::VERSION,
                name: "Version",
                since: "3.20",
                doc: "Version of the Sysmon program.",
                sample: Some("15.15"),
                standard_names: &[StandardName { name: "file_version", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SCHEMA_VERSION,
                name: "SchemaVersion",
                since: "3.20",
                doc: "Version of the event schema that this Sysmon writes.",
                sample: Some("4.90"),
                standard_names: &[StandardName { name: "sysmon_schema_version", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 5,
        platform: Platform::Windows,
        tag: "ProcessTerminate",
        symbol: "SYSMONEVENT_PROCESS_TERMINATE",
        filterable: true,
        logged_without_filter: true,
        title: "Process terminated",
        template: "Process terminated",
        task_text: "Process terminated (rule: ProcessTerminate)",
        version: 3,
        versions: &[("2.00", 2), ("3.10", 3)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A process ended. Together with event 1 it bounds the time in which a process could have acted.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-5-process-terminated",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 6,
        platform: Platform::Windows,
        tag: "DriverLoad",
        symbol: "SYSMONEVENT_DRIVER_LOAD",
        filterable: true,
        logged_without_filter: false,
        title: "Driver loaded",
        template: "Driver loaded",
        task_text: "Driver loaded (rule: DriverLoad)",
        version: 4,
        versions: &[("2.00", 2), ("3.10", 3), ("4.32", 4)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A kernel driver was loaded. Hashes and signature are those of the file; the signature is checked afterwards, so a file deleted meanwhile shows in SignatureStatus.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-6-driver-loaded",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE_LOADED,
                name: "ImageLoaded",
                since: "2.00",
                doc: "Path of the driver file.",
                sample: Some("C:\\Windows\\System32\\drivers\\rdbss.sys"),
                standard_names: &[StandardName { name: "driver_loaded", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "2.00",
                doc: "Hashes of the driver file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SIGNED,
                name: "Signed",
                since: "2.00",
                doc: "Whether the file carries a signature: true or false, kept as text.",
                sample: Some("true"),
                standard_names: &[StandardName { name: "driver_is_signed", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SIGNATURE,
                name: "Signature",
                since: "2.00",
                doc: "Name of the signer.",
                sample: Some("Microsoft Windows"),
                standard_names: &[StandardName { name: "driver_signature", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SIGNATURE_STATUS,
                name: "SignatureStatus",
                since: "3.20",
                doc: "Result of the signature check, such as Valid, Expired, Revoked or Unavailable.",
                sample: Some("Valid"),
                standard_names: &[StandardName { name: "driver_signature_status", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 7,
        platform: Platform::Windows,
        tag: "ImageLoad",
        symbol: "SYSMONEVENT_IMAGE_LOAD",
        filterable: true,
        logged_without_filter: false,
        title: "Image loaded",
        template: "Image loaded",
        task_text: "Image loaded (rule: ImageLoad)",
        version: 3,
        versions: &[("2.00", 2), ("3.10", 3)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A process mapped a module. The event is very frequent and off unless a configuration asks for it; it tells which library arrived in the target of an injection.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-7-image-loaded",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1055.001,technique_name=Dynamic-link Library Injection"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process that mapped the module.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that mapped the module."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE_LOADED,
                name: "ImageLoaded",
                since: "2.00",
                doc: "Path of the module that was mapped.",
                sample: Some("C:\\Users\\Public\\update.dll"),
                standard_names: &[StandardName { name: "module_loaded", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::FILE_VERSION,
                name: "FileVersion",
                since: "4.00",
                doc: "File version in the version resource of the file.",
                sample: Some("1.0.0.1"),
                standard_names: &[StandardName { name: "file_version", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESCRIPTION,
                name: "Description",
                since: "4.00",
                doc: "File description in the version resource of the file.",
                sample: Some("Updater"),
                standard_names: &[StandardName { name: "file_description", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PRODUCT,
                name: "Product",
                since: "4.00",
                doc: "Product name in the version resource of the file.",
                sample: Some("Updater"),
                standard_names: &[StandardName { name: "file_product", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::COMPANY,
                name: "Company",
                since: "4.00",
                doc: "Company name in the version resource of the file.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_company", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ORIGINAL_FILE_NAME,
                name: "OriginalFileName",
                since: "4.21",
                doc: "Name the file was built with, from its version resource; it survives a rename of the file.",
                sample: Some("update.dll"),
                standard_names: &[StandardName { name: "file_name_original", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "2.00",
                doc: "Hashes of the module as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SIGNED,
                name: "Signed",
                since: "2.00",
                doc: "Whether the file carries a signature: true or false, kept as text.",
                sample: Some("false"),
                standard_names: &[StandardName { name: "module_is_signed", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SIGNATURE,
                name: "Signature",
                since: "2.00",
                doc: "Name of the signer.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "module_signature", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SIGNATURE_STATUS,
                name: "SignatureStatus",
                since: "3.20",
                doc: "Result of the signature check, such as Valid, Expired, Revoked or Unavailable.",
                sample: Some("Unavailable"),
                standard_names: &[StandardName { name: "module_signature_status", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 8,
        platform: Platform::Windows,
        tag: "CreateRemoteThread",
        symbol: "SYSMONEVENT_CREATE_REMOTE_THREAD",
        filterable: true,
        logged_without_filter: false,
        title: "CreateRemoteThread",
        template: "CreateRemoteThread detected",
        task_text: "CreateRemoteThread detected (rule: CreateRemoteThread)",
        version: 2,
        versions: &[("2.00", 1), ("3.10", 2)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "The CreateRemoteThread event detects when a process creates a thread in another process. This technique is used by malware to inject code and hide in other processes. The event indicates the source and target process. It gives information on the code that will be run in the new thread: StartAddress, StartModule and StartFunction. Note that StartModule and StartFunction fields are inferred, they might be empty if the starting address is outside loaded modules or known exported functions.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-8-createremotethread",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81); descriptions and samples: OSSEM, data dictionary of event 8 (2019-04-26)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "custom tag mapped to event. i.e ATT&CK technique ID",
                sample: Some("T1114"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time in UTC when event was created",
                sample: Some("2020-04-01 09:01:01.576"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PROCESS_GUID,
                name: "SourceProcessGuid",
                since: "2.00",
                doc: "Process Guid of the source process that created a thread in another process",
                sample: Some("{A98268C1-9586-5ACD-0000-001070A20000}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PROCESS_ID,
                name: "SourceProcessId",
                since: "2.00",
                doc: "Process ID used by the os to identify the source process that created a thread in another process",
                bits: Some(32),
                sample: Some("684"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IMAGE,
                name: "SourceImage",
                since: "2.00",
                doc: "File path of the source process that created a thread in another process",
                sample: Some("C:\\Windows\\System32\\csrss.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some(
                            "The name of the executable for the source process that created a thread in another process",
                        ),
                        sample: Some("csrss.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_PROCESS_GUID,
                name: "TargetProcessGuid",
                since: "2.00",
                doc: "Process Guid of the target process",
                sample: Some("{A98268C1-9C2E-5ACD-0000-00100266AB00}"),
                standard_names: &[StandardName { name: "target_process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_PROCESS_ID,
                name: "TargetProcessId",
                since: "2.00",
                doc: "Process ID used by the os to identify the target process",
                bits: Some(32),
                sample: Some("240"),
                standard_names: &[StandardName { name: "target_process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_IMAGE,
                name: "TargetImage",
                since: "2.00",
                doc: "File path of the target process",
                sample: Some("C:\\Windows\\System32\\cmd.exe"),
                standard_names: &[
                    StandardName {
                        name: "target_process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the target process"),
                        sample: Some("cmd.exe"),
                        ..NAME
                    },
                    StandardName { name: "target_process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::NEW_THREAD_ID,
                name: "NewThreadId",
                since: "2.00",
                doc: "Id of the new thread created in the target process",
                bits: Some(32),
                sample: Some("2336"),
                standard_names: &[StandardName { name: "thread_new_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::START_ADDRESS,
                name: "StartAddress",
                since: "3.10",
                doc: "New thread start address",
                sample: Some("0x00007FFA356A7E40"),
                standard_names: &[StandardName { name: "thread_start_address", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::START_MODULE,
                name: "StartModule",
                since: "3.10",
                doc: "Start module determined from thread start address mapping to PEB loaded module list",
                inferred: Some(
                    "Empty or `-` when the start address lies outside every module that the loader of the target lists, as code in private memory does, or when that list could not be read.",
                ),
                sample: Some("C:\\WINDOWS\\System32\\KERNELBASE.dll"),
                standard_names: &[StandardName { name: "thread_start_module", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::START_FUNCTION,
                name: "StartFunction",
                since: "3.10",
                doc: "Start function is reported if exact match to function in image export table",
                inferred: Some(
                    "Empty or `-` unless the start address is exactly that of an export; a thread that starts inside a function, or in no module, has none.",
                ),
                sample: Some("CtrlRoutine"),
                standard_names: &[StandardName { name: "thread_start_function", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_USER,
                name: "SourceUser",
                since: "4.80",
                doc: "Account of the process that created the thread, as DOMAIN\\name; `-` when it could not be resolved.",
                sample: Some("NT AUTHORITY\\SYSTEM"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_USER,
                name: "TargetUser",
                since: "4.80",
                doc: "Account of the process the thread was created in, as DOMAIN\\name; `-` when it could not be resolved.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "target_user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[FieldSchema {
            id: fields::SEQUENCE_NUMBER,
            name: "SequenceNumber",
            since: "2.00",
            doc: "Number that rose with every event; dropped from all events with schema 3.10.",
            removed: Some("3.10"),
            bits: Some(64),
            sample: Some("1284"),
            standard_names: &[StandardName { name: "event_sequence_number", proposed: true, ..NAME }],
            ..FIELD
        }],
    },
    EventSchema {
        id: 9,
        platform: Platform::Windows,
        tag: "RawAccessRead",
        symbol: "SYSMONEVENT_RAWACCESS_READ",
        filterable: true,
        logged_without_filter: false,
        title: "RawAccessRead",
        template: "RawAccessRead detected",
        task_text: "RawAccessRead detected (rule: RawAccessRead)",
        version: 2,
        versions: &[("3.10", 2)],
        level: 4,
        since: "3.10",
        since_inferred: false,
        doc: "A process read a disk or volume directly, below the file system. Locked files such as the registry hives or NTDS.dit are copied in this way without a trace of file access.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-9-rawaccessread",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1006,technique_name=Direct Volume Access"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.10",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.10",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.10",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::DEVICE,
                name: "Device",
                since: "3.10",
                doc: "Device that was read.",
                sample: Some("\\Device\\HarddiskVolume3"),
                standard_names: &[StandardName { name: "target_device", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 10,
        platform: Platform::Windows,
        tag: "ProcessAccess",
        symbol: "SYSMONEVENT_ACCESS_PROCESS",
        filterable: true,
        logged_without_filter: false,
        title: "ProcessAccess",
        template: "Process accessed",
        task_text: "Process accessed (rule: ProcessAccess)",
        version: 3,
        versions: &[("3.10", 3)],
        level: 4,
        since: "3.10",
        since_inferred: false,
        doc: "A process opened a handle to another process. The rights granted and the call stack tell a harmless query from the preparation of an injection or the reading of credentials.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-10-processaccess",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1003.001,technique_name=LSASS Memory"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PROCESS_GUID_CAPS,
                name: "SourceProcessGUID",
                since: "3.10",
                doc: "ProcessGuid of the process that opened the other one; event 10 alone spells it with a capital GUID.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PROCESS_ID,
                name: "SourceProcessId",
                since: "3.10",
                doc: "Process id of the process that opened the other one.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_THREAD_ID,
                name: "SourceThreadId",
                since: "3.10",
                doc: "Id of the thread that opened the other process.",
                bits: Some(32),
                sample: Some("6120"),
                standard_names: &[StandardName { name: "thread_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IMAGE,
                name: "SourceImage",
                since: "3.10",
                doc: "Path of the executable of the process that opened the other one.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that opened the other one."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_PROCESS_GUID_CAPS,
                name: "TargetProcessGUID",
                since: "3.10",
                doc: "ProcessGuid of the process that was opened; event 10 alone spells it with a capital GUID.",
                sample: Some("{5f8e1a2c-1587-69b5-1200-000000003b00}"),
                standard_names: &[StandardName { name: "target_process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_PROCESS_ID,
                name: "TargetProcessId",
                since: "3.10",
                doc: "Process id of the process that was opened.",
                bits: Some(32),
                sample: Some("716"),
                standard_names: &[StandardName { name: "target_process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_IMAGE,
                name: "TargetImage",
                since: "3.10",
                doc: "Path of the executable of the process that was opened; `<unknown process>` when Sysmon could not tell.",
                sample: Some("C:\\Windows\\System32\\lsass.exe"),
                standard_names: &[
                    StandardName {
                        name: "target_process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that was opened."),
                        sample: Some("lsass.exe"),
                        ..NAME
                    },
                    StandardName { name: "target_process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::GRANTED_ACCESS,
                name: "GrantedAccess",
                since: "3.10",
                doc: "Access mask granted on the target, such as 0x1010 to query it and read its memory; always 0 on Linux.",
                bits: Some(32),
                sample: Some("0x1410"),
                standard_names: &[StandardName { name: "process_granted_access", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CALL_TRACE,
                name: "CallTrace",
                since: "3.10",
                doc: "Call stack of the opening thread as module+offset entries separated by `|`; UNKNOWN stands for code outside every module.",
                sample: Some(
                    "C:\\Windows\\SYSTEM32\\ntdll.dll+9d1e4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|UNKNOWN(000001D8A3F20B41)",
                ),
                standard_names: &[StandardName { name: "process_call_trace", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_USER,
                name: "SourceUser",
                since: "4.80",
                doc: "Account of the process that opened the other one, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_USER,
                name: "TargetUser",
                since: "4.80",
                doc: "Account of the process that was opened, on Windows as DOMAIN\\name.",
                sample: Some("NT AUTHORITY\\SYSTEM"),
                standard_names: &[StandardName { name: "target_user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 11,
        platform: Platform::Windows,
        tag: "FileCreate",
        symbol: "SYSMONEVENT_FILE_CREATE",
        filterable: true,
        logged_without_filter: false,
        title: "FileCreate",
        template: "File created",
        task_text: "File created (rule: FileCreate)",
        version: 2,
        versions: &[("3.20", 2)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "A file was created or overwritten. The event is worth its volume in autostart folders, temporary folders and download folders.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-11-filecreate",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1105,technique_name=Ingress Tool Transfer"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.20",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.20",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.20",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "3.20",
                doc: "Path of the file that was created or overwritten.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CREATION_UTC_TIME,
                name: "CreationUtcTime",
                since: "3.20",
                doc: "Creation time of the file in UTC.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "file_creation_time", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 12,
        platform: Platform::Windows,
        tag: "RegistryEvent",
        symbol: "SYSMONEVENT_REG_KEY",
        filterable: true,
        logged_without_filter: false,
        title: "RegistryEvent (Object create and delete)",
        template: "Registry object added or deleted",
        task_text: "Registry object added or deleted (rule: RegistryEvent)",
        version: 2,
        versions: &[("3.20", 2)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "A registry key or value was created or deleted; EventType says which. Root keys are abbreviated, as in HKLM and HKU.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-12-registryevent-object-create-and-delete",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1547.001,technique_name=Registry Run Keys / Startup Folder"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "3.20",
                doc: "CreateKey, DeleteKey, CreateValue or DeleteValue.",
                sample: Some("DeleteValue"),
                standard_names: &[StandardName { name: "event_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.20",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.20",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.20",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_OBJECT,
                name: "TargetObject",
                since: "3.20",
                doc: "Path of the registry key or value, with its root abbreviated.",
                sample: Some("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater"),
                standard_names: &[StandardName { name: "registry_key_path", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 13,
        platform: Platform::Windows,
        tag: "RegistryEvent",
        symbol: "SYSMONEVENT_REG_SETVALUE",
        filterable: true,
        logged_without_filter: false,
        title: "RegistryEvent (Value Set)",
        template: "Registry value set",
        task_text: "Registry value set (rule: RegistryEvent)",
        version: 2,
        versions: &[("3.20", 2)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "Data was written to a registry value. Numbers and text are shown, binary data is named but not printed.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-13-registryevent-value-set",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1547.001,technique_name=Registry Run Keys / Startup Folder"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "3.20",
                doc: "Always SetValue.",
                sample: Some("SetValue"),
                standard_names: &[StandardName { name: "event_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.20",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.20",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.20",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_OBJECT,
                name: "TargetObject",
                since: "3.20",
                doc: "Path of the registry key or value, with its root abbreviated.",
                sample: Some("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater"),
                standard_names: &[StandardName { name: "registry_key_path", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DETAILS,
                name: "Details",
                since: "3.20",
                doc: "Data written: text, or the type and number as in DWORD (0x00000001); Binary Data where it is neither.",
                sample: Some("rundll32.exe C:\\Users\\Public\\update.dll,Start"),
                standard_names: &[StandardName { name: "registry_key_details", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 14,
        platform: Platform::Windows,
        tag: "RegistryEvent",
        symbol: "SYSMONEVENT_REG_NAME",
        filterable: true,
        logged_without_filter: false,
        title: "RegistryEvent (Key and Value Rename)",
        template: "Registry object renamed",
        task_text: "Registry object renamed (rule: RegistryEvent)",
        version: 2,
        versions: &[("3.20", 2)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "A registry key or value was renamed. Both the old path and the new one are given.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-14-registryevent-key-and-value-rename",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1547.001,technique_name=Registry Run Keys / Startup Folder"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "3.20",
                doc: "RenameKey or RenameValue.",
                sample: Some("RenameValue"),
                standard_names: &[StandardName { name: "event_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.20",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.20",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.20",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_OBJECT,
                name: "TargetObject",
                since: "3.20",
                doc: "Path of the key or value before the rename, with its root abbreviated.",
                sample: Some("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater"),
                standard_names: &[StandardName { name: "registry_key_path", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::NEW_NAME,
                name: "NewName",
                since: "3.20",
                doc: "Path of the key or value after the rename.",
                sample: Some("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\UpdaterSvc"),
                standard_names: &[StandardName { name: "registry_key_new_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 15,
        platform: Platform::Windows,
        tag: "FileCreateStreamHash",
        symbol: "SYSMONEVENT_FILE_CREATE_STREAM_HASH",
        filterable: true,
        logged_without_filter: false,
        title: "FileCreateStreamHash",
        template: "File stream created",
        task_text: "File stream created (rule: FileCreateStreamHash)",
        version: 2,
        versions: &[("3.20", 2)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "A named stream was attached to a file. Browsers do so to mark a download with its origin (Zone.Identifier); hidden payloads are stored in the same manner.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-15-filecreatestreamhash",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.20",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.20",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.20",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "3.20",
                doc: "Path of the file with the name of the stream after a colon.",
                sample: Some("C:\\Users\\ada\\Downloads\\update.zip:Zone.Identifier"),
                standard_names: &[StandardName { name: "file_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CREATION_UTC_TIME,
                name: "CreationUtcTime",
                since: "3.20",
                doc: "Creation time of the file in UTC.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "file_creation_time", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASH,
                name: "Hash",
                since: "3.20",
                doc: "Hashes of the unnamed stream of the file, as ALGORITHM=HEX separated by commas.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CONTENTS,
                name: "Contents",
                since: "4.31",
                doc: "Text of the named stream when it is short, such as the origin mark of a download.",
                sample: Some("[ZoneTransfer]  ZoneId=3  HostUrl=https://downloads.example/update.zip"),
                standard_names: &[StandardName { name: "file_stream_contents", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 16,
        platform: Platform::Windows,
        tag: "ServiceConfigurationChange",
        symbol: "SYSMONEVENT_SERVICE_CONFIGURATION_CHANGE",
        filterable: false,
        logged_without_filter: true,
        title: "ServiceConfigurationChange",
        template: "Sysmon config state changed",
        task_text: "Sysmon config state changed",
        version: 3,
        versions: &[("3.20", 3)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "The configuration of Sysmon was replaced. What is logged before and after this event may follow different rules.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-16-serviceconfigurationchange",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CONFIGURATION,
                name: "Configuration",
                since: "3.20",
                doc: "Path of the configuration file or the command line that replaced the configuration.",
                sample: Some("C:\\ProgramData\\Sysmon\\config.xml"),
                standard_names: &[StandardName { name: "sysmon_configuration", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CONFIGURATION_FILE_HASH,
                name: "ConfigurationFileHash",
                since: "3.20",
                doc: "Hash of the configuration file, where a file was read.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "sysmon_configuration_hash", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 17,
        platform: Platform::Windows,
        tag: "PipeEvent",
        symbol: "SYSMONEVENT_CREATE_NAMEDPIPE",
        filterable: true,
        logged_without_filter: false,
        title: "PipeEvent (Pipe Created)",
        template: "Pipe Created",
        task_text: "Pipe Created (rule: PipeEvent)",
        version: 1,
        versions: &[("3.30", 1)],
        level: 4,
        since: "3.30",
        since_inferred: false,
        doc: "A named pipe was created. Many implants talk to each other over pipes, and some keep the default names of their kit.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-17-pipeevent-pipe-created",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "4.21",
                doc: "Always CreatePipe.",
                sample: Some("CreatePipe"),
                standard_names: &[StandardName { name: "event_type", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.30",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.30",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.30",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PIPE_NAME,
                name: "PipeName",
                since: "3.30",
                doc: "Name of the pipe below \\Device\\NamedPipe.",
                sample: Some("\\msagent_41"),
                standard_names: &[StandardName { name: "pipe_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.30",
                doc: "Path of the executable of the process that created the pipe.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that created the pipe."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 18,
        platform: Platform::Windows,
        tag: "PipeEvent",
        symbol: "SYSMONEVENT_CONNECT_NAMEDPIPE",
        filterable: true,
        logged_without_filter: false,
        title: "PipeEvent (Pipe Connected)",
        template: "Pipe Connected",
        task_text: "Pipe Connected (rule: PipeEvent)",
        version: 1,
        versions: &[("3.30", 1)],
        level: 4,
        since: "3.30",
        since_inferred: false,
        doc: "A client connected to a named pipe.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-18-pipeevent-pipe-connected",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "4.21",
                doc: "Always ConnectPipe.",
                sample: Some("ConnectPipe"),
                standard_names: &[StandardName { name: "event_type", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.30",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.30",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.30",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PIPE_NAME,
                name: "PipeName",
                since: "3.30",
                doc: "Name of the pipe below \\Device\\NamedPipe.",
                sample: Some("\\msagent_41"),
                standard_names: &[StandardName { name: "pipe_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.30",
                doc: "Path of the executable of the process that connected to the pipe.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that connected to the pipe."),
                        sample: Some("rundll32.exe"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 19,
        platform: Platform::Windows,
        tag: "WmiEvent",
        symbol: "SYSMONEVENT_WMI_FILTER",
        filterable: true,
        logged_without_filter: false,
        title: "WmiEvent (WmiEventFilter activity detected)",
        template: "WmiEventFilter activity detected",
        task_text: "WmiEventFilter activity detected (rule: WmiEvent)",
        version: 3,
        versions: &[("3.40", 3)],
        level: 4,
        since: "3.40",
        since_inferred: false,
        doc: "A WMI event filter was registered, changed or removed: the condition half of a WMI subscription.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-19-wmievent-wmieventfilter-activity-detected",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1546.003,technique_name=WMI Event Subscription"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "3.40",
                doc: "Always WmiFilterEvent.",
                sample: Some("WmiFilterEvent"),
                standard_names: &[StandardName { name: "event_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.40",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::OPERATION,
                name: "Operation",
                since: "3.40",
                doc: "Created, Modified or Deleted.",
                sample: Some("Created"),
                standard_names: &[StandardName { name: "wmi_operation", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "3.40",
                doc: "Account that registered, changed or removed the filter.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_NAMESPACE,
                name: "EventNamespace",
                since: "3.40",
                doc: "WMI namespace the filter watches.",
                sample: Some("\"root\\\\cimv2\""),
                standard_names: &[StandardName { name: "wmi_namespace", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::NAME,
                name: "Name",
                since: "3.40",
                doc: "Name of the filter.",
                sample: Some("\"Updater\""),
                standard_names: &[StandardName { name: "wmi_filter_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::QUERY,
                name: "Query",
                since: "3.40",
                doc: "Condition of the filter, in WQL.",
                sample: Some(
                    "\"SELECT * FROM __InstanceModificationEvent WITHIN 60 WHERE TargetInstance ISA 'Win32_LocalTime' AND TargetInstance.Hour = 9\"",
                ),
                standard_names: &[StandardName { name: "wmi_query", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 20,
        platform: Platform::Windows,
        tag: "WmiEvent",
        symbol: "SYSMONEVENT_WMI_CONSUMER",
        filterable: true,
        logged_without_filter: false,
        title: "WmiEvent (WmiEventConsumer activity detected)",
        template: "WmiEventConsumer activity detected",
        task_text: "WmiEventConsumer activity detected (rule: WmiEvent)",
        version: 3,
        versions: &[("3.40", 3)],
        level: 4,
        since: "3.40",
        since_inferred: false,
        doc: "A WMI event consumer was registered, changed or removed: the action half of a WMI subscription.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-20-wmievent-wmieventconsumer-activity-detected",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1546.003,technique_name=WMI Event Subscription"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "3.40",
                doc: "Always WmiConsumerEvent.",
                sample: Some("WmiConsumerEvent"),
                standard_names: &[StandardName { name: "event_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.40",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::OPERATION,
                name: "Operation",
                since: "3.40",
                doc: "Created, Modified or Deleted.",
                sample: Some("Created"),
                standard_names: &[StandardName { name: "wmi_operation", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "3.40",
                doc: "Account that registered, changed or removed the consumer.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::NAME,
                name: "Name",
                since: "3.40",
                doc: "Name of the consumer.",
                sample: Some("\"Updater\""),
                standard_names: &[StandardName { name: "wmi_consumer_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TYPE,
                name: "Type",
                since: "3.40",
                doc: "Kind of consumer, such as Command Line, Script, Log File, SMTP or NT Event Log.",
                sample: Some("Command Line"),
                standard_names: &[StandardName { name: "wmi_consumer_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION,
                name: "Destination",
                since: "3.40",
                doc: "What the consumer does: the command it runs, the script, the file or the address it writes to.",
                sample: Some("\"rundll32.exe C:\\\\Users\\\\Public\\\\update.dll,Start\""),
                standard_names: &[StandardName { name: "wmi_consumer_destination", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 21,
        platform: Platform::Windows,
        tag: "WmiEvent",
        symbol: "SYSMONEVENT_WMI_BINDING",
        filterable: true,
        logged_without_filter: false,
        title: "WmiEvent (WmiEventConsumerToFilter activity detected)",
        template: "WmiEventConsumerToFilter activity detected",
        task_text: "WmiEventConsumerToFilter activity detected (rule: WmiEvent)",
        version: 3,
        versions: &[("3.40", 3)],
        level: 4,
        since: "3.40",
        since_inferred: false,
        doc: "A WMI consumer was bound to a filter or released from it; with the binding a subscription becomes live.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-21-wmievent-wmieventconsumertofilter-activity-detected",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1546.003,technique_name=WMI Event Subscription"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::EVENT_TYPE,
                name: "EventType",
                since: "3.40",
                doc: "Always WmiBindingEvent.",
                sample: Some("WmiBindingEvent"),
                standard_names: &[StandardName { name: "event_type", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.40",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::OPERATION,
                name: "Operation",
                since: "3.40",
                doc: "Created, Modified or Deleted.",
                sample: Some("Created"),
                standard_names: &[StandardName { name: "wmi_operation", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "3.40",
                doc: "Account that made or removed the binding.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CONSUMER,
                name: "Consumer",
                since: "3.40",
                doc: "WMI path of the consumer.",
                sample: Some("\"CommandLineEventConsumer.Name=\\\"Updater\\\"\""),
                standard_names: &[StandardName { name: "wmi_consumer_path", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::FILTER,
                name: "Filter",
                since: "3.40",
                doc: "WMI path of the filter.",
                sample: Some("\"__EventFilter.Name=\\\"Updater\\\"\""),
                standard_names: &[StandardName { name: "wmi_filter_path", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 22,
        platform: Platform::Windows,
        tag: "DnsQuery",
        symbol: "SYSMONEVENT_DNS_QUERY",
        filterable: true,
        logged_without_filter: false,
        title: "DNSEvent (DNS query)",
        template: "Dns query",
        task_text: "Dns query (rule: DnsQuery)",
        version: 5,
        versions: &[("4.21", 5)],
        level: 4,
        since: "4.21",
        since_inferred: false,
        doc: "A process resolved a name through the DNS client of Windows 8.1 or later, with or without success and whether or not the answer was cached.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-22-dnsevent-dns-query",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.21",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.21",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.21",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.21",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::QUERY_NAME,
                name: "QueryName",
                since: "4.21",
                doc: "Name that was looked up.",
                sample: Some("downloads.example"),
                standard_names: &[StandardName { name: "dst_host_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::QUERY_STATUS,
                name: "QueryStatus",
                since: "4.21",
                doc: "Result code of the query as a Windows error number; 0 is success.",
                sample: Some("0"),
                standard_names: &[StandardName { name: "dns_query_status", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::QUERY_RESULTS,
                name: "QueryResults",
                since: "4.21",
                doc: "Answers separated by semicolons: addresses, or `type: 5` and the name for an alias.",
                sample: Some("::ffff:203.0.113.7;"),
                standard_names: &[StandardName { name: "dns_query_results", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.21",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[StandardName { name: "process_path", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 23,
        platform: Platform::Windows,
        tag: "FileDelete",
        symbol: "SYSMONEVENT_FILE_DELETE",
        filterable: true,
        logged_without_filter: false,
        title: "FileDelete (File Delete archived)",
        template: "File Delete archived",
        task_text: "File Delete archived (rule: FileDelete)",
        version: 5,
        versions: &[("4.30", 5)],
        level: 4,
        since: "4.30",
        since_inferred: false,
        doc: "A file was deleted, and a copy was kept in the archive directory of Sysmon where the configuration allows it.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-23-filedelete-file-delete-archived",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.30",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1070.004,technique_name=File Deletion"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.30",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.30",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.30",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.30",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.30",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "4.30",
                doc: "Path of the file that was deleted.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.30",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IS_EXECUTABLE,
                name: "IsExecutable",
                since: "4.30",
                doc: "true when the file is an executable image (PE format).",
                sample: Some("true"),
                standard_names: &[StandardName { name: "file_is_executable", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ARCHIVED,
                name: "Archived",
                since: "4.30",
                doc: "Whether a copy was kept in the archive directory.",
                sample: Some("true"),
                standard_names: &[StandardName { name: "file_is_archived", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 24,
        platform: Platform::Windows,
        tag: "ClipboardChange",
        symbol: "SYSMONEVENT_CLIPBOARD",
        filterable: true,
        logged_without_filter: false,
        title: "ClipboardChange (New content in the clipboard)",
        template: "Clipboard changed",
        task_text: "Clipboard changed (rule: ClipboardChange)",
        version: 5,
        versions: &[("4.40", 5)],
        level: 4,
        since: "4.40",
        since_inferred: false,
        doc: "The content of the clipboard changed. The text itself is stored in the archive directory, not in the event.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-24-clipboardchange-new-content-in-the-clipboard",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.40",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1115,technique_name=Clipboard Data"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.40",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.40",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.40",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.40",
                doc: "Path of the executable of the process that wrote to the clipboard.",
                sample: Some("C:\\Windows\\System32\\rdpclip.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that wrote to the clipboard."),
                        sample: Some("rdpclip.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::SESSION,
                name: "Session",
                since: "4.40",
                doc: "Terminal session whose clipboard changed.",
                bits: Some(32),
                sample: Some("1"),
                standard_names: &[StandardName { name: "user_session_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CLIENT_INFO,
                name: "ClientInfo",
                since: "4.40",
                doc: "User of the session and, over Remote Desktop, name and address of the client.",
                sample: Some("user: CORP\\ada ip: 10.20.0.12 hostname: WS-012"),
                standard_names: &[StandardName { name: "user_client_info", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.40",
                doc: "Hashes of the clipboard content as ALGORITHM=HEX, separated by commas.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ARCHIVED,
                name: "Archived",
                since: "4.40",
                doc: "Whether the clipboard content was kept in the archive directory.",
                sample: Some("true"),
                standard_names: &[StandardName { name: "file_is_archived", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 25,
        platform: Platform::Windows,
        tag: "ProcessTampering",
        symbol: "SYSMONEVENT_PROCESS_IMAGE_TAMPERING",
        filterable: true,
        logged_without_filter: false,
        title: "ProcessTampering (Process image change)",
        template: "Process Tampering",
        task_text: "Process Tampering (rule: ProcessTampering)",
        version: 5,
        versions: &[("4.50", 5)],
        level: 4,
        since: "4.50",
        since_inferred: false,
        doc: "The image of a process no longer agrees with its file on disk, as after hollowing or herpaderping.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-25-processtampering-process-image-change",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.50",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1055.012,technique_name=Process Hollowing"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.50",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.50",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.50",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.50",
                doc: "Path of the executable of the process that was tampered with.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that was tampered with."),
                        sample: Some("rundll32.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TYPE,
                name: "Type",
                since: "4.50",
                doc: "What disagrees, such as `Image is replaced` or `Image is locked for access`.",
                sample: Some("Image is replaced"),
                standard_names: &[StandardName { name: "process_tampering_type", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 26,
        platform: Platform::Windows,
        tag: "FileDeleteDetected",
        symbol: "SYSMONEVENT_FILE_DELETE_DETECTED",
        filterable: true,
        logged_without_filter: false,
        title: "FileDeleteDetected (File Delete logged)",
        template: "File Delete logged",
        task_text: "File Delete logged (rule: FileDeleteDetected)",
        version: 5,
        versions: &[("4.60", 5)],
        level: 4,
        since: "4.60",
        since_inferred: false,
        doc: "A file was deleted; unlike event 23 no copy was kept.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-26-filedeletedetected-file-delete-logged",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.60",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("technique_id=T1070.004,technique_name=File Deletion"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.60",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.60",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.60",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.60",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.60",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "4.60",
                doc: "Path of the file that was deleted.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.60",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IS_EXECUTABLE,
                name: "IsExecutable",
                since: "4.60",
                doc: "true when the file is an executable image (PE format).",
                sample: Some("true"),
                standard_names: &[StandardName { name: "file_is_executable", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 27,
        platform: Platform::Windows,
        tag: "FileBlockExecutable",
        symbol: "SYSMONEVENT_FILE_BLOCK_EXE",
        filterable: true,
        logged_without_filter: false,
        title: "FileBlockExecutable",
        template: "File Block Executable",
        task_text: "File Block Executable (rule: FileBlockExecutable)",
        version: 5,
        versions: &[("4.82", 5)],
        level: 4,
        since: "4.82",
        since_inferred: true,
        doc: "Sysmon prevented a process from writing an executable file (PE format).",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-27-fileblockexecutable",
        source: "the manifest of Sysmon 15.15 (schema 4.90) as kept in OTRF/OSSEM-DD",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.82",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.82",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.82",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.82",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.82",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.82",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "4.82",
                doc: "Path of the file that was not written.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.82",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 28,
        platform: Platform::Windows,
        tag: "FileBlockShredding",
        symbol: "SYSMONEVENT_FILE_BLOCK_SHREDDING",
        filterable: true,
        logged_without_filter: false,
        title: "FileBlockShredding",
        template: "File Block Shredding",
        task_text: "File Block Shredding (rule: FileBlockShredding)",
        version: 5,
        versions: &[("4.83", 5)],
        level: 4,
        since: "4.83",
        since_inferred: true,
        doc: "Sysmon prevented a tool from overwriting a file before deleting it.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-28-fileblockshredding",
        source: "the manifest of Sysmon 15.15 (schema 4.90) as kept in OTRF/OSSEM-DD",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.83",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.83",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.83",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.83",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.83",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.83",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "4.83",
                doc: "Path of the file that was about to be overwritten.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.83",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IS_EXECUTABLE,
                name: "IsExecutable",
                since: "4.83",
                doc: "true when the file is an executable image (PE format).",
                sample: Some("true"),
                standard_names: &[StandardName { name: "file_is_executable", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 29,
        platform: Platform::Windows,
        tag: "FileExecutableDetected",
        symbol: "SYSMONEVENT_FILE_EXE_DETECTED",
        filterable: true,
        logged_without_filter: false,
        title: "FileExecutableDetected",
        template: "File Executable Detected",
        task_text: "File Executable Detected (rule: FileExecutableDetected)",
        version: 5,
        versions: &[("4.90", 5)],
        level: 4,
        since: "4.90",
        since_inferred: false,
        doc: "A process wrote a new executable file (PE format).",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-29-fileexecutabledetected",
        source: "the manifest of Sysmon 15.15 (schema 4.90) as kept in OTRF/OSSEM-DD",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.90",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.90",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.90",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.90",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.90",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("CORP\\ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.90",
                doc: "Path of the executable of the process.",
                sample: Some("C:\\Windows\\System32\\rundll32.exe"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("rundll32.exe"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "4.90",
                doc: "Path of the executable file that was written.",
                sample: Some("C:\\Users\\ada\\AppData\\Local\\Temp\\update.dll"),
                standard_names: &[StandardName { name: "file_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.90",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 255,
        platform: Platform::Windows,
        tag: "Error",
        symbol: "SYSMONEVENT_ERROR",
        filterable: false,
        logged_without_filter: true,
        title: "Error",
        template: "Error report",
        task_text: "Error report",
        version: 3,
        versions: &[("2.00", 2), ("3.10", 3)],
        level: 2,
        since: "2.00",
        since_inferred: false,
        doc: "Sysmon itself failed at something: events may have been lost under load, or a check of its own integrity did not hold.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-255-error",
        source: "Sysinternals/SysmonCommon manifest.xml (schemas 2.00 to 4.81)",
        fields: &[
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the error in UTC, to the millisecond.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ID,
                name: "ID",
                since: "2.00",
                doc: "Name of the operation that failed.",
                sample: Some("GetConfigurationOptions"),
                standard_names: &[StandardName { name: "event_error_code", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESCRIPTION,
                name: "Description",
                since: "2.00",
                doc: "Message about the failure.",
                sample: Some("Failed to open service configuration with error 19"),
                standard_names: &[StandardName { name: "event_error", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 1,
        platform: Platform::Linux,
        tag: "ProcessCreate",
        symbol: "SYSMONEVENT_CREATE_PROCESS",
        filterable: true,
        logged_without_filter: true,
        title: "Process creation",
        template: "Process Create",
        task_text: "Process Create (rule: ProcessCreate)",
        version: 5,
        versions: &[("2.00", 4), ("3.10", 5)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A new process started. The event carries the image, its version resource and hashes, both command lines and the logon session, so it is the event that the others are joined to by ProcessGuid.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-1-process-creation",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("/usr/bin/curl"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("curl"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::FILE_VERSION,
                name: "FileVersion",
                since: "4.00",
                doc: "File version in the version resource of the file.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_version", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESCRIPTION,
                name: "Description",
                since: "4.00",
                doc: "File description in the version resource of the file.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_description", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PRODUCT,
                name: "Product",
                since: "4.00",
                doc: "Product name in the version resource of the file.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_product", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::COMPANY,
                name: "Company",
                since: "4.00",
                doc: "Company name in the version resource of the file.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_company", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ORIGINAL_FILE_NAME,
                name: "OriginalFileName",
                since: "4.21",
                doc: "Name the file was built with, from its version resource; it survives a rename of the file.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_name_original", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::COMMAND_LINE,
                name: "CommandLine",
                since: "2.00",
                doc: "Command line the process was started with.",
                sample: Some("curl -s http://203.0.113.7/x"),
                standard_names: &[StandardName { name: "process_command_line", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CURRENT_DIRECTORY,
                name: "CurrentDirectory",
                since: "2.00",
                doc: "Working directory of the process when it started.",
                sample: Some("/home/ada"),
                standard_names: &[StandardName { name: "process_current_directory", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "2.00",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::LOGON_GUID,
                name: "LogonGuid",
                since: "2.00",
                doc: "Identity of the logon session, built like a ProcessGuid from machine, logon time and logon id.",
                sample: Some("{5f8e1a2c-15f6-69b5-9e2f-070000000000}"),
                standard_names: &[StandardName { name: "user_logon_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::LOGON_ID,
                name: "LogonId",
                since: "2.00",
                doc: "Logon id (LUID) of the session, as also found in the Security log.",
                bits: Some(64),
                sample: Some("0x3e8"),
                standard_names: &[StandardName { name: "user_logon_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TERMINAL_SESSION_ID,
                name: "TerminalSessionId",
                since: "2.00",
                doc: "Number of the terminal session the process belongs to; 0 is that of the services.",
                bits: Some(32),
                sample: Some("3"),
                standard_names: &[StandardName { name: "user_session_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::INTEGRITY_LEVEL,
                name: "IntegrityLevel",
                since: "2.00",
                doc: "Integrity level of the token of the process, such as Medium, High or System.",
                sample: Some("no level"),
                standard_names: &[StandardName { name: "process_integrity_level", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "2.00",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "hash", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_PROCESS_GUID,
                name: "ParentProcessGuid",
                since: "2.00",
                doc: "ProcessGuid of the process that started this one.",
                sample: Some("{5f8e1a2c-1603-69b5-9b01-000000003b00}"),
                standard_names: &[StandardName { name: "process_parent_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_PROCESS_ID,
                name: "ParentProcessId",
                since: "2.00",
                doc: "Process id of the process that started this one.",
                bits: Some(32),
                sample: Some("3120"),
                standard_names: &[StandardName { name: "process_parent_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_IMAGE,
                name: "ParentImage",
                since: "2.00",
                doc: "Path of the executable of the process that started this one.",
                sample: Some("/usr/bin/bash"),
                standard_names: &[
                    StandardName {
                        name: "process_parent_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that started this one."),
                        sample: Some("bash"),
                        ..NAME
                    },
                    StandardName { name: "process_parent_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_COMMAND_LINE,
                name: "ParentCommandLine",
                since: "2.00",
                doc: "Command line of the process that started this one.",
                sample: Some("-bash"),
                standard_names: &[StandardName { name: "process_parent_command_line", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PARENT_USER,
                name: "ParentUser",
                since: "4.80",
                doc: "Account of the process that started this one.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "process_parent_user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 3,
        platform: Platform::Linux,
        tag: "NetworkConnect",
        symbol: "SYSMONEVENT_NETWORK_CONNECT",
        filterable: true,
        logged_without_filter: false,
        title: "Network connection",
        template: "Network connection detected",
        task_text: "Network connection detected (rule: NetworkConnect)",
        version: 5,
        versions: &[("2.00", 4), ("3.10", 5)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A process opened or accepted a TCP or UDP connection. Addresses, ports and their resolved names are given for both ends.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-3-network-connection",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("/usr/bin/curl"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("curl"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "2.00",
                doc: "Account of the process that owns the connection, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROTOCOL,
                name: "Protocol",
                since: "2.00",
                doc: "Transport protocol, tcp or udp.",
                sample: Some("tcp"),
                standard_names: &[StandardName { name: "network_protocol", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::INITIATED,
                name: "Initiated",
                since: "2.00",
                doc: "true when the process opened the connection, false when it accepted it.",
                sample: Some("true"),
                standard_names: &[StandardName { name: "network_connection_initiated", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IS_IPV6,
                name: "SourceIsIpv6",
                since: "2.00",
                doc: "true when SourceIp is an IPv6 address.",
                sample: Some("false"),
                standard_names: &[StandardName { name: "src_is_ipv6", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IP,
                name: "SourceIp",
                since: "2.00",
                doc: "Address of the near end when the process initiated the connection.",
                sample: Some("10.20.0.57"),
                standard_names: &[StandardName { name: "src_ip_addr", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_HOSTNAME,
                name: "SourceHostname",
                since: "2.00",
                doc: "Name resolved for SourceIp, where one was found.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "src_host_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PORT,
                name: "SourcePort",
                since: "2.00",
                doc: "Port at SourceIp.",
                bits: Some(16),
                sample: Some("51844"),
                standard_names: &[StandardName { name: "src_port", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PORT_NAME,
                name: "SourcePortName",
                since: "2.00",
                doc: "Service name registered for SourcePort, where there is one.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "src_port_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_IS_IPV6,
                name: "DestinationIsIpv6",
                since: "2.00",
                doc: "true when DestinationIp is an IPv6 address.",
                sample: Some("false"),
                standard_names: &[StandardName { name: "dst_is_ipv6", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_IP,
                name: "DestinationIp",
                since: "2.00",
                doc: "Address of the far end when the process initiated the connection.",
                sample: Some("203.0.113.7"),
                standard_names: &[StandardName { name: "dst_ip_addr", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_HOSTNAME,
                name: "DestinationHostname",
                since: "2.00",
                doc: "Name resolved for DestinationIp, where one was found; it is not the name the process asked for.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "dst_host_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_PORT,
                name: "DestinationPort",
                since: "2.00",
                doc: "Port at DestinationIp.",
                bits: Some(16),
                sample: Some("80"),
                standard_names: &[StandardName { name: "dst_port", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::DESTINATION_PORT_NAME,
                name: "DestinationPortName",
                since: "2.00",
                doc: "Service name registered for DestinationPort, where there is one.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "dst_port_name", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 4,
        platform: Platform::Linux,
        tag: "ServiceStateChange",
        symbol: "SYSMONEVENT_SERVICE_STATE_CHANGE",
        filterable: false,
        logged_without_filter: true,
        title: "Sysmon service state changed",
        template: "Sysmon service state changed",
        task_text: "Sysmon service state changed",
        version: 3,
        versions: &[("2.00", 2), ("3.10", 3)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "The Sysmon service started or stopped. A stop that nobody planned opens a gap in everything else the log could have shown.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-4-sysmon-service-state-changed",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the change in UTC, to the millisecond.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::STATE,
                name: "State",
                since: "2.00",
                doc: "New state of the service: Started or Stopped.",
                sample: Some("Started"),
                standard_names: &[StandardName { name: "service_state", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::VERSION,
                name: "Version",
                since: "3.20",
                doc: "Version of the Sysmon program.",
                sample: Some("1.3.3"),
                standard_names: &[StandardName { name: "file_version", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SCHEMA_VERSION,
                name: "SchemaVersion",
                since: "3.20",
                doc: "Version of the event schema that this Sysmon writes.",
                sample: Some("4.81"),
                standard_names: &[StandardName { name: "sysmon_schema_version", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 5,
        platform: Platform::Linux,
        tag: "ProcessTerminate",
        symbol: "SYSMONEVENT_PROCESS_TERMINATE",
        filterable: true,
        logged_without_filter: true,
        title: "Process terminated",
        template: "Process terminated",
        task_text: "Process terminated (rule: ProcessTerminate)",
        version: 3,
        versions: &[("2.00", 2), ("3.10", 3)],
        level: 4,
        since: "2.00",
        since_inferred: false,
        doc: "A process ended. Together with event 1 it bounds the time in which a process could have acted.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-5-process-terminated",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "2.00",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "2.00",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "2.00",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "2.00",
                doc: "Path of the executable of the process.",
                sample: Some("/usr/bin/curl"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("curl"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 9,
        platform: Platform::Linux,
        tag: "RawAccessRead",
        symbol: "SYSMONEVENT_RAWACCESS_READ",
        filterable: true,
        logged_without_filter: false,
        title: "RawAccessRead",
        template: "RawAccessRead detected",
        task_text: "RawAccessRead detected (rule: RawAccessRead)",
        version: 2,
        versions: &[("3.10", 2)],
        level: 4,
        since: "3.10",
        since_inferred: false,
        doc: "A process opened a block device directly, below the file system.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-9-rawaccessread",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.10",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.10",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.10",
                doc: "Path of the executable of the process.",
                sample: Some("/usr/bin/curl"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("curl"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::DEVICE,
                name: "Device",
                since: "3.10",
                doc: "Device that was read.",
                sample: Some("/dev/sda1"),
                standard_names: &[StandardName { name: "target_device", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 10,
        platform: Platform::Linux,
        tag: "ProcessAccess",
        symbol: "SYSMONEVENT_ACCESS_PROCESS",
        filterable: true,
        logged_without_filter: false,
        title: "ProcessAccess",
        template: "Process accessed",
        task_text: "Process accessed (rule: ProcessAccess)",
        version: 3,
        versions: &[("3.10", 3)],
        level: 4,
        since: "3.10",
        since_inferred: false,
        doc: "A process attached to another with ptrace, the Linux way to read and change its memory.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-10-processaccess",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.10",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PROCESS_GUID_CAPS,
                name: "SourceProcessGUID",
                since: "3.10",
                doc: "ProcessGuid of the process that opened the other one; event 10 alone spells it with a capital GUID.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_PROCESS_ID,
                name: "SourceProcessId",
                since: "3.10",
                doc: "Process id of the process that opened the other one.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_THREAD_ID,
                name: "SourceThreadId",
                since: "3.10",
                doc: "Id of the thread that opened the other process.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "thread_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_IMAGE,
                name: "SourceImage",
                since: "3.10",
                doc: "Path of the executable of the process that opened the other one.",
                sample: Some("/usr/bin/gdb"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that opened the other one."),
                        sample: Some("gdb"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_PROCESS_GUID_CAPS,
                name: "TargetProcessGUID",
                since: "3.10",
                doc: "ProcessGuid of the process that was opened; event 10 alone spells it with a capital GUID.",
                sample: Some("{5f8e1a2c-1587-69b5-1200-000000003b00}"),
                standard_names: &[StandardName { name: "target_process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_PROCESS_ID,
                name: "TargetProcessId",
                since: "3.10",
                doc: "Process id of the process that was opened.",
                bits: Some(32),
                sample: Some("716"),
                standard_names: &[StandardName { name: "target_process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_IMAGE,
                name: "TargetImage",
                since: "3.10",
                doc: "Path of the executable of the process that was opened; `<unknown process>` when Sysmon could not tell.",
                sample: Some("/usr/sbin/sshd"),
                standard_names: &[
                    StandardName {
                        name: "target_process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process that was opened."),
                        sample: Some("sshd"),
                        ..NAME
                    },
                    StandardName { name: "target_process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::GRANTED_ACCESS,
                name: "GrantedAccess",
                since: "3.10",
                doc: "Access mask granted on the target, such as 0x1010 to query it and read its memory; always 0 on Linux.",
                bits: Some(32),
                sample: Some("0x0"),
                standard_names: &[StandardName { name: "process_granted_access", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CALL_TRACE,
                name: "CallTrace",
                since: "3.10",
                doc: "Call stack of the opening thread as module+offset entries separated by `|`; UNKNOWN stands for code outside every module.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "process_call_trace", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::SOURCE_USER,
                name: "SourceUser",
                since: "4.80",
                doc: "Account of the process that opened the other one, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_USER,
                name: "TargetUser",
                since: "4.80",
                doc: "Account of the process that was opened, on Windows as DOMAIN\\name.",
                sample: Some("root"),
                standard_names: &[StandardName { name: "target_user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 11,
        platform: Platform::Linux,
        tag: "FileCreate",
        symbol: "SYSMONEVENT_FILE_CREATE",
        filterable: true,
        logged_without_filter: false,
        title: "FileCreate",
        template: "File created",
        task_text: "File created (rule: FileCreate)",
        version: 2,
        versions: &[("3.20", 2)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "A file was created or overwritten. The event is worth its volume in autostart folders, temporary folders and download folders.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-11-filecreate",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.10",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "3.20",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "3.20",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "3.20",
                doc: "Path of the executable of the process.",
                sample: Some("/usr/bin/curl"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("curl"),
                        ..NAME
                    },
                    StandardName { name: "process_path", ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "3.20",
                doc: "Path of the file that was created or overwritten.",
                sample: Some("/tmp/update.so"),
                standard_names: &[StandardName { name: "file_name", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CREATION_UTC_TIME,
                name: "CreationUtcTime",
                since: "3.20",
                doc: "Creation time of the file in UTC.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "file_creation_time", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.80",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 16,
        platform: Platform::Linux,
        tag: "ServiceConfigurationChange",
        symbol: "SYSMONEVENT_SERVICE_CONFIGURATION_CHANGE",
        filterable: false,
        logged_without_filter: true,
        title: "ServiceConfigurationChange",
        template: "Sysmon config state changed",
        task_text: "Sysmon config state changed",
        version: 3,
        versions: &[("3.20", 3)],
        level: 4,
        since: "3.20",
        since_inferred: false,
        doc: "The configuration of Sysmon was replaced. What is logged before and after this event may follow different rules.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-16-serviceconfigurationchange",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "3.20",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CONFIGURATION,
                name: "Configuration",
                since: "3.20",
                doc: "Path of the configuration file or the command line that replaced the configuration.",
                sample: Some("/opt/sysmon/config.xml"),
                standard_names: &[StandardName { name: "sysmon_configuration", ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::CONFIGURATION_FILE_HASH,
                name: "ConfigurationFileHash",
                since: "3.20",
                doc: "Hash of the configuration file, where a file was read.",
                sample: Some("SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"),
                standard_names: &[StandardName { name: "sysmon_configuration_hash", ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
    EventSchema {
        id: 23,
        platform: Platform::Linux,
        tag: "FileDelete",
        symbol: "SYSMONEVENT_FILE_DELETE",
        filterable: true,
        logged_without_filter: false,
        title: "FileDelete (File Delete archived)",
        template: "File Delete archived",
        task_text: "File Delete archived (rule: FileDelete)",
        version: 5,
        versions: &[("4.30", 5)],
        level: 4,
        since: "4.30",
        since_inferred: false,
        doc: "A file was deleted.",
        doc_url: "https://learn.microsoft.com/sysinternals/downloads/sysmon#event-id-23-filedelete-file-delete-archived",
        source: "Sysinternals/SysmonForLinux sysmonforlinux.c: SetSyscallActive",
        fields: &[
            FieldSchema {
                id: fields::RULE_NAME,
                name: "RuleName",
                since: "4.30",
                doc: "Name of the rule or group in the configuration that kept the event, often an ATT&CK technique; `-` or empty when the rule has no name.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "tag", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::UTC_TIME,
                name: "UtcTime",
                since: "4.30",
                doc: "Time of the activity in UTC, to the millisecond, without a zone mark; the time of the record is a little later.",
                sample: Some("2026-03-14 09:26:53.589"),
                standard_names: &[StandardName { name: "@timestamp", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_GUID,
                name: "ProcessGuid",
                since: "4.30",
                doc: "Sysmon's identity of the process: machine, creation time and a key, so that it stays unique when process ids are used again.",
                sample: Some("{5f8e1a2c-29da-69b5-3303-000000003b00}"),
                standard_names: &[StandardName { name: "process_guid", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::PROCESS_ID,
                name: "ProcessId",
                since: "4.30",
                doc: "Id the operating system gave the process; it is used again after the process ends.",
                bits: Some(32),
                sample: Some("4288"),
                standard_names: &[StandardName { name: "process_id", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::USER,
                name: "User",
                since: "4.30",
                doc: "Account the process runs under, on Windows as DOMAIN\\name.",
                sample: Some("ada"),
                standard_names: &[StandardName { name: "user_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IMAGE,
                name: "Image",
                since: "4.30",
                doc: "Path of the executable of the process.",
                sample: Some("/usr/bin/curl"),
                standard_names: &[
                    StandardName {
                        name: "process_name",
                        derive: Some(Derive::Basename),
                        doc: Some("File name of the executable of the process."),
                        sample: Some("curl"),
                        proposed: true,
                    },
                    StandardName { name: "process_path", proposed: true, ..NAME },
                ],
                ..FIELD
            },
            FieldSchema {
                id: fields::TARGET_FILENAME,
                name: "TargetFilename",
                since: "4.30",
                doc: "Path of the file that was deleted.",
                sample: Some("/tmp/update.so"),
                standard_names: &[StandardName { name: "file_name", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::HASHES,
                name: "Hashes",
                since: "4.30",
                doc: "Hashes of the file as ALGORITHM=HEX, separated by commas, for the algorithms the configuration names.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "hash", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::IS_EXECUTABLE,
                name: "IsExecutable",
                since: "4.30",
                doc: "true when the file is an executable image (PE format).",
                sample: Some("false"),
                standard_names: &[StandardName { name: "file_is_executable", proposed: true, ..NAME }],
                ..FIELD
            },
            FieldSchema {
                id: fields::ARCHIVED,
                name: "Archived",
                since: "4.30",
                doc: "Whether a copy was kept in the archive directory.",
                sample: Some("-"),
                standard_names: &[StandardName { name: "file_is_archived", proposed: true, ..NAME }],
                ..FIELD
            },
        ],
        removed: &[],
    },
];

/// Positions in [`EVENTS`] by event id; 255 where there is no event.
pub(super) static WINDOWS_INDEX: [u8; 256] = [
    255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27, 28, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 29,
];

/// As [`WINDOWS_INDEX`].
pub(super) static LINUX_INDEX: [u8; 256] = [
    255, 30, 255, 31, 32, 33, 255, 255, 255, 34, 35, 36, 255, 255, 255, 255, 37, 255, 255, 255, 255, 255,
    255, 38, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255,
];
