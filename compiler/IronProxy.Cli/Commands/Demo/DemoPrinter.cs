using System.Net;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>Tells the story of the demo.</summary>
internal sealed class DemoPrinter(TextWriter writer, Paint paint)
{
    public void Setup(string folder, DemoUpstream upstream, string executable)
    {
        writer.WriteLine(paint.Bold("The quickstart, on this machine: proxy.yaml becomes a plan, iron-proxy runs the plan, five requests go through it."));
        writer.WriteLine();
        Row("folder", $"{folder} (removed at the end)");
        Row("upstream", $"https://httpbin.org:{upstream.Port} is a server of this demo, on 127.0.0.1");
        Row("iron-proxy", executable);
        Row("overlay", "these sections take the place of those in samples/quickstart/proxy.yaml:");
        writer.WriteLine();
        foreach (var line in DemoOverlay.Text.TrimEnd().Split('\n'))
        {
            writer.WriteLine(paint.Dim($"    {line}"));
        }

        writer.WriteLine();
    }

    public void Ready(string policyHash, IPEndPoint tunnel)
    {
        Row("policy", policyHash);
        Row("tunnel", $"{tunnel} (the client sends CONNECT, then TLS that trusts the demo's CA alone)");
    }

    public void Outcome(int number, int port, DemoOutcome outcome, IReadOnlyList<string> failures)
    {
        var request = outcome.Request;
        writer.WriteLine();
        writer.WriteLine(paint.Bold($"{number}. {request.Title}"));
        Row("client sent", $"GET https://{request.Host}:{port}{request.Target}");
        if (request.Header is { } header)
        {
            Row("", $"{header.Name}: {header.Value}");
        }

        Row("client got", request.Allowed ? $"{outcome.Response.Status}" : $"{outcome.Response.Status} {outcome.Response.Body.Trim()}");
        Row("upstream saw", outcome.Upstream?.FirstLine ?? "nothing");
        if (request.Header is { } sent && outcome.Upstream?.Header(sent.Name) is { } value)
        {
            Row("", $"{sent.Name}: {value}");
        }

        Row("audit", outcome.Audit?.GetRawText() ?? "no record");
        foreach (var failure in failures)
        {
            Row(paint.Bad("WRONG"), failure, "WRONG".Length);
        }

        if (failures.Count == 0)
        {
            Row(paint.Good("as it should"), "", "as it should".Length);
        }
    }

    public void Total(int right, int all)
    {
        writer.WriteLine();
        var line = $"{right} of {all} requests came out right";
        writer.WriteLine(right == all ? paint.Good(line) : paint.Bad(line));
    }

    private void Row(string name, string text, int? visible = null) =>
        writer.WriteLine($"  {name}{new string(' ', Math.Max(0, 13 - (visible ?? name.Length)))} {text}".TrimEnd());
}
