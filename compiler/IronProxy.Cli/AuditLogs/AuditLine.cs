using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using IronProxy.Plan;

namespace IronProxy.Cli.AuditLogs;

/// <summary>What a line of the log turned out to be.</summary>
internal enum AuditLineKind
{
    /// <summary>An audit record.</summary>
    Record,

    /// <summary>A log line, or an empty one.</summary>
    Other,

    /// <summary>Neither.</summary>
    Broken,
}

/// <summary>
/// Reads lines as schema/audit.schema.json describes them, as far as policy is concerned. It is forgiving about what it
/// does not need, so that a log of another release can be read.
/// </summary>
internal ref struct AuditLine
{
    private const string Allowlist = AllowlistStepPlan.TypeName;
    private const string Proxy = "proxy";

    private Utf8JsonReader _json;
    private string? _message;
    private string? _problem;
    private bool _hasAudit;
    private string? _host;
    private string? _method;
    private string? _path;
    private string? _mode;
    private string? _action;
    private string? _outcome;
    private string? _scheme;
    private string? _reason;
    private string? _rejectedBy;
    private string? _violation;
    private string? _listener;
    private string? _client;
    private int? _port;
    private bool _hasRule;
    private SourcePosition? _rule;
    private bool _hasAllowlist;
    private bool _warned;

    private AuditLine(ReadOnlySpan<byte> line) => _json = new Utf8JsonReader(line);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="record">The record, when it is one.</param>
    /// <param name="problem">What is wrong with it, when it is broken.</param>
    public static AuditLineKind Read(ReadOnlySpan<byte> line, out RecordedRequest? record, out string? problem)
    {
        record = null;
        problem = null;
        line = line.Trim(" \t\r"u8);
        if (line.IsEmpty)
        {
            return AuditLineKind.Other;
        }

        if (!Utf8.IsValid(line))
        {
            problem = "it is not UTF-8 text";
            return AuditLineKind.Broken;
        }

        var reader = new AuditLine(line);
        try
        {
            reader.ReadLine();
        }
        catch (JsonException)
        {
            problem = "it is not JSON, or was cut";
            return AuditLineKind.Broken;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, escaped: JSON has no objection, and no text can hold it.
            problem = "a text in it has half a character";
            return AuditLineKind.Broken;
        }

        if (reader._problem is null && !reader._hasAudit && reader._message is not "request")
        {
            return AuditLineKind.Other;
        }

        problem = reader._problem ?? reader.Missing();
        if (problem is not null)
        {
            return AuditLineKind.Broken;
        }

        record = reader.Record();
        return AuditLineKind.Record;
    }

    private void ReadLine()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _problem = "it is not an object";
        }
        else
        {
            while (NextMember(out var name))
            {
                switch (name)
                {
                    case "msg":
                        // Log lines of other programs may have anything here.
                        _message = _json.TokenType == JsonTokenType.String ? _json.GetString() : null;
                        break;
                    case "audit":
                        ReadAudit();
                        break;
                    case "rejected_by":
                        _rejectedBy = Text(name);
                        break;
                    case "request_transforms":
                        ReadTransforms();
                        break;
                    default:
                        _json.Skip();
                        break;
                }
            }
        }

        // What follows the object would be an error of its own.
        while (_problem is null && _json.Read())
        {
        }
    }

    private void ReadAudit()
    {
        if (!Expect(JsonTokenType.StartObject, "audit", "an object"))
        {
            return;
        }

        _hasAudit = true;
        while (NextMember(out var name))
        {
            switch (name)
            {
                case "host":
                    _host = Text("audit.host");
                    break;
                case "method":
                    _method = Text("audit.method");
                    break;
                case "path":
                    _path = Text("audit.path");
                    break;
                case "mode":
                    _mode = Text("audit.mode");
                    break;
                case "action":
                    _action = Text("audit.action");
                    break;
                case "outcome":
                    _outcome = Text("audit.outcome");
                    break;
                case "scheme":
                    _scheme = Text("audit.scheme");
                    break;
                case "reason":
                    _reason = Text("audit.reason");
                    break;
                case "listener":
                    _listener = Text("audit.listener");
                    break;
                case "client":
                    _client = Text("audit.client");
                    break;
                case "port":
                    ReadPort();
                    break;
                case "rule":
                    ReadRule();
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }
    }

    private void ReadPort()
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out var port) && port is >= 0 and <= ushort.MaxValue)
        {
            _port = port;
        }
        else
        {
            _problem ??= "audit.port is not a number from 0 to 65535";
            _json.Skip();
        }
    }

    private void ReadRule()
    {
        if (!Expect(JsonTokenType.StartObject, "audit.rule", "an object"))
        {
            return;
        }

        _hasRule = true;
        var (line, column) = (0, 0);
        while (NextMember(out var name))
        {
            switch (name)
            {
                case "line" when _json.TokenType == JsonTokenType.Number:
                    _ = _json.TryGetInt32(out line);
                    break;
                case "column" when _json.TokenType == JsonTokenType.Number:
                    _ = _json.TryGetInt32(out column);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        _rule = new SourcePosition(line, column);
    }

    private void ReadTransforms()
    {
        if (!Expect(JsonTokenType.StartArray, "request_transforms", "a list"))
        {
            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (Expect(JsonTokenType.StartObject, "request_transforms", "a list of objects"))
            {
                ReadTransform();
            }
        }
    }

    private void ReadTransform()
    {
        string? name = null;
        string? violation = null;
        var warned = false;
        while (NextMember(out var member))
        {
            switch (member)
            {
                case "name":
                    name = Text("request_transforms.name");
                    break;
                case "annotations":
                    ReadAnnotations(out warned, out violation);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        if (name == Allowlist)
        {
            _hasAllowlist = true;
            _warned |= warned;
            _violation ??= violation;
        }
    }

    private void ReadAnnotations(out bool warned, out string? violation)
    {
        warned = false;
        violation = null;
        if (!Expect(JsonTokenType.StartObject, "request_transforms.annotations", "an object"))
        {
            return;
        }

        while (NextMember(out var name))
        {
            // Other transforms may use the same names for something else.
            switch (name)
            {
                case "warn":
                    warned = _json.TokenType == JsonTokenType.True;
                    _json.Skip();
                    break;
                case "violation" when _json.TokenType == JsonTokenType.String:
                    violation = _json.GetString();
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }
    }

    /// <summary>Moves to the value of the next member of an object; at its end there is none.</summary>
    private bool NextMember([NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!_json.Read() || _json.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }

        name = Name();
        _json.Read();
        return true;
    }

    /// <summary>The member's name; those that are known come without a new text for each line.</summary>
    private readonly string Name()
    {
        foreach (var known in Known)
        {
            if (_json.ValueTextEquals(known))
            {
                return known;
            }
        }

        return "";
    }

    private static readonly string[] Known =
    [
        "msg", "audit", "rejected_by", "request_transforms", "host", "method", "path", "mode", "action", "outcome", "scheme", "reason", "port", "rule", "listener", "client",
        "line", "column", "name", "annotations", "warn", "violation",
    ];

    private string? Text(string name) => Expect(JsonTokenType.String, name, "a text") ? _json.GetString() : null;

    /// <summary>Checks the type of the current value, and passes over it when it is another.</summary>
    private bool Expect(JsonTokenType type, string name, string what)
    {
        if (_json.TokenType == type)
        {
            return true;
        }

        _problem ??= $"{name} is not {what}";
        _json.Skip();
        return false;
    }

    private readonly string? Missing() =>
        !_hasAudit ? "audit is missing"
        : _host is null ? "audit.host is missing"
        : _method is null ? "audit.method is missing"
        : _path is null ? "audit.path is missing"
        : _mode is null ? "audit.mode is missing"
        : _action is not ("allow" or "reject" or "stub") ? "audit.action is none of allow, reject and stub"
        : _scheme is not (null or "http" or "https") ? "audit.scheme is neither http nor https"
        : _action == "reject" && string.IsNullOrEmpty(_reason) ? "audit.reason is missing"
        : null;

    /// <summary>Only called when nothing is missing.</summary>
    private readonly RecordedRequest Record()
    {
        var tunnel = _mode is "connect" or "socks5";
        var (answer, reason, step) = tunnel ? Tunnel() : Request();
        return new RecordedRequest(
            _method!,
            tunnel ? null : _scheme ?? (_mode == "mitm" ? "https" : "http"),
            _host!,
            _port,
            tunnel ? "" : _path!,
            answer,
            reason,
            step,
            answer is (PolicyAnswer.Allowed or PolicyAnswer.Warned) ? Failure() : null,
            step is null ? null : _rule)
        {
            Client = _client,
            IsAsked = _listener == ListenerRole.Tunnel.Name(),
        };
    }

    /// <summary>A client that leaves was a rejection in logs of before there were outcomes.</summary>
    private readonly string? Failure() =>
        _action == "reject" ? _reason
        : _outcome == "client_left" ? Reason.ClientClosed.Code
        : _outcome == "client_stalled" ? Reason.ClientStalled.Code
        : null;

    /// <summary>A tunnel's record names no transforms: one that got through without a rule got through because of warn mode.</summary>
    private readonly (PolicyAnswer Answer, string? Reason, string? Step) Tunnel() => _action switch
    {
        "allow" => (_hasRule ? PolicyAnswer.Allowed : PolicyAnswer.Warned, null, null),
        _ => (IsPolicy(_reason!) ? PolicyAnswer.Denied : PolicyAnswer.NotAsked, _reason, null),
    };

    private readonly (PolicyAnswer Answer, string? Reason, string? Step) Request()
    {
        if (_action == "reject")
        {
            if (_rejectedBy == Allowlist || _reason == Reason.NoAllowlist.Code || _reason == Reason.AmbiguousPath.Code)
            {
                return (PolicyAnswer.Denied, _reason, null);
            }

            if (!_hasAllowlist)
            {
                return (PolicyAnswer.NotAsked, _reason, null);
            }

            if (_rejectedBy is not (null or Proxy))
            {
                return (PolicyAnswer.Denied, _reason, _rejectedBy);
            }
        }

        return _warned ? (PolicyAnswer.Warned, _violation, null) : (PolicyAnswer.Allowed, null, null);
    }

    private static bool IsPolicy(string reason) =>
        reason == Reason.HostNotAllowed.Code || reason == Reason.RequestNotAllowed.Code || reason == Reason.NoAllowlist.Code;
}
