using System.Text.Json;
using System.Text.Json.Nodes;

namespace IronProxy.Cli.Tests.AuditLogs;

/// <summary>Writes lines of audit logs as iron-proxy does.</summary>
internal static class Lines
{
    /// <summary>A request that a rule allowed.</summary>
    public static string Allowed(string request) => Line(request, null, new JsonObject { ["name"] = "allowlist", ["action"] = "continue", ["duration_ms"] = 0.1 });

    /// <summary>A request that warn mode let through.</summary>
    public static string Warned(string request, string violation = "host_not_allowed") => Line(
        request,
        null,
        new JsonObject { ["name"] = "allowlist", ["action"] = "continue", ["duration_ms"] = 0.1, ["annotations"] = new JsonObject { ["warn"] = true, ["violation"] = violation } });

    /// <summary>A request that an allowlist denied.</summary>
    public static string Denied(string request, string reason = "host_not_allowed") =>
        Line(request, (reason, "allowlist"), new JsonObject { ["name"] = "allowlist", ["action"] = "reject", ["duration_ms"] = 0.1 });

    /// <summary>A request that the allowlist let through, and that was rejected all the same.</summary>
    public static string Failed(string request, string reason, string by = "proxy", (int Line, int Column)? rule = null) =>
        Line(request, (reason, by), new JsonObject { ["name"] = "allowlist", ["action"] = "continue", ["duration_ms"] = 0.1 }, rule);

    /// <summary>A request that was refused before policy was asked.</summary>
    public static string Refused(string request, string reason) => Line(request, (reason, "proxy"), null);

    /// <summary>A tunnel to <c>host:port</c>, with the rule that let it through or the reason why it was denied.</summary>
    public static string Tunnel(string target, bool rule = true, string? reason = null, string mode = "connect")
    {
        var colon = target.LastIndexOf(':');
        var audit = Audit(target[..colon].Trim('[', ']'), "CONNECT", "", mode, reason, int.Parse(target[(colon + 1)..]));
        if (rule)
        {
            audit["rule"] = new JsonObject { ["line"] = 7, ["column"] = 3 };
        }

        return Write(audit, reason is null ? null : "allowlist", null);
    }

    /// <summary>TLS that was passed through, or denied, or could not be.</summary>
    public static string Passed(string host, int port = 443, string? reason = null, string? by = null)
    {
        var audit = Audit(host, "", "", "sni-only", reason, port);
        audit["scheme"] = "https";
        return Write(audit, by, new JsonObject { ["name"] = "allowlist", ["action"] = by == "allowlist" ? "reject" : "continue", ["duration_ms"] = 0.1 });
    }

    /// <summary>A DNS question that was denied.</summary>
    public static string Dns(string name) =>
        $"{{\"time\":\"2026-11-20T12:00:01.7654321+00:00\",\"level\":\"warn\",\"msg\":\"dns\",\"dns\":{{\"client\":\"172.20.0.4:50441\",\"transport\":\"udp\",\"name\":\"{name}\",\"type\":\"A\",\"answer\":\"denied\",\"rcode\":\"NXDOMAIN\"}}}}\n";

    private static string Line(string request, (string Reason, string By)? rejection, JsonObject? allowlist, (int Line, int Column)? rule = null)
    {
        var (method, url) = (request.Split(' ')[0], request.Split(' ', 2)[1]);
        var scheme = url.Split("://")[0];
        var rest = url[(scheme.Length + 3)..];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var port = authority.LastIndexOf(':') is > 0 and var colon && !authority.EndsWith(']') ? int.Parse(authority[(colon + 1)..]) : (int?)null;
        var host = port is null ? authority : authority[..authority.LastIndexOf(':')];
        var audit = Audit(host.Trim('[', ']'), method, slash < 0 ? "/" : rest[slash..], scheme == "https" ? "mitm" : "http", rejection?.Reason, port ?? (scheme == "https" ? 443 : 80));
        audit["scheme"] = scheme;
        if (rule is { } at)
        {
            audit["rule"] = new JsonObject { ["line"] = at.Line, ["column"] = at.Column };
        }

        return Write(audit, rejection?.By, allowlist);
    }

    private static JsonObject Audit(string host, string method, string path, string mode, string? reason, int port)
    {
        var audit = new JsonObject
        {
            ["host"] = host,
            ["method"] = method,
            ["path"] = path,
            ["remote_addr"] = "172.20.0.4:51830",
            ["sni"] = "",
            ["mode"] = mode,
            ["action"] = reason is null ? "allow" : "reject",
            ["status_code"] = reason is null ? 200 : 403,
            ["duration_ms"] = 1.5,
            ["port"] = port,
            ["listener"] = "https",
            ["plan_hash"] = "sha256:" + new string('0', 64),
        };
        if (reason is not null)
        {
            audit["reason"] = reason;
        }

        return audit;
    }

    private static string Write(JsonObject audit, string? rejectedBy, JsonObject? transform)
    {
        var line = new JsonObject { ["time"] = "2026-11-20T12:00:00.1234567+00:00", ["level"] = "info", ["msg"] = "request", ["audit"] = audit };
        if (rejectedBy is not null)
        {
            line["rejected_by"] = rejectedBy;
        }

        line["request_transforms"] = transform is null ? [] : new JsonArray(transform);
        line["response_transforms"] = new JsonArray();
        return line.ToJsonString(JsonSerializerOptions.Default) + "\n";
    }
}
