using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Prints an explanation for people, with the lines of proxy.yaml that decide.</summary>
internal sealed class ExplanationPrinter(TextWriter writer, Paint paint, PlanSource source)
{
    private const int MaxLineWidth = 120;

    public void Print(Explanation explanation)
    {
        if (explanation.Request is { } request)
        {
            writer.WriteLine(paint.Bold(Describe(request)));
        }

        writer.WriteLine($"by {explanation.Plan.Source}, policy {explanation.Plan.PolicyHash}");
        if (source.Plan.Clients is not null && explanation.Request is { } asked)
        {
            writer.WriteLine(Asker(asked));
        }

        if (explanation.HostClass is { } hostClass)
        {
            writer.WriteLine(Describe(hostClass));
        }

        if (explanation.Dns is not null)
        {
            writer.WriteLine("dns.deny_unlisted: the proxy's DNS server says that the host does not exist, so that a workload that asks there sends no request");
        }

        if (explanation.Request?.Visible == "destination" && explanation.Request.Scheme is not null)
        {
            writer.WriteLine($"{(source.Plan.Tls.Mode == TlsMode.SniOnly ? "tls.mode is sni-only" : "tls: passthrough of a rule")}: of this request only host and port are seen");
        }

        if (!explanation.Steps.IsEmpty)
        {
            writer.WriteLine();
        }

        for (var i = 0; i < explanation.Steps.Length; i++)
        {
            PrintStep(i + 1, explanation.Steps[i]);
        }

        if (explanation.Mcp is { } mcp)
        {
            PrintMcp(mcp);
        }

        PrintVerdict(explanation.Verdict);
    }

    private static string Asker(RequestSummary request) => request.Client is { } client
        ? $"asked by the client {client}"
        : "asked by nobody known: the tunnel listener refuses that (client_required); name a client with --client";

    private static string Describe(HostClass hostClass)
    {
        string[] names = [.. hostClass.Patterns, .. hostClass.Networks];
        return names.Length == 0
            ? "host class 0: no pattern of the policy matches the host"
            : $"host class {hostClass.Index}: {string.Join(", ", names)}";
    }

    private static string Describe(RequestSummary request)
    {
        var host = request.Host.Contains(':', StringComparison.Ordinal) ? $"[{request.Host}]" : request.Host;
        return request.Scheme is null
            ? $"{request.Method} {host}:{request.Port}"
            : $"{request.Method} {request.Scheme}://{host}:{request.Port}{request.Path}";
    }

    private string Outcome(string outcome) => outcome switch
    {
        StepAnswer.Reject => paint.Bad("rejects"),
        StepAnswer.Warn => paint.Note("warns and continues"),
        StepAnswer.Stub => paint.Note("answers with a stub token"),
        StepAnswer.NotReached => paint.Dim("is not reached"),
        StepAnswer.Undecided => paint.Note("is decided when the request is made"),
        StepAnswer.InsideTunnel => paint.Dim("acts on the requests inside"),
        StepAnswer.Hidden => paint.Dim("has nothing to act on, as TLS is not terminated"),
        _ => paint.Good("continues"),
    };

    private void PrintStep(int number, StepExplanation step)
    {
        writer.WriteLine($"{number}. {paint.Bold(step.Step)} ({At(step.At)}) {Outcome(step.Outcome)}");
        if (step.Reason is { } code && step.Secrets is null && step.Credentials is null)
        {
            writer.WriteLine($"   {code}: {Reason.Find(code)!.Sentence}");
        }

        PrintRule("   ", step.Rule);
        PrintActions(step);
    }

    private void PrintActions(StepExplanation step)
    {
        if (step.InScope == false)
        {
            writer.WriteLine("   out of scope: none of its rules matches");
        }
        else if (step is { InScope: true, Rule: null })
        {
            writer.WriteLine("   acts on every request");
        }

        PrintNearest("   ", step.Nearest);
        foreach (var secret in step.Secrets ?? [])
        {
            PrintSecret(secret);
        }

        foreach (var credential in step.Credentials ?? [])
        {
            PrintCredential(credential);
        }

        if (step.Asks is { } asks)
        {
            writer.WriteLine($"   asks {asks.Name}: {asks.Target}");
            writer.WriteLine($"   sends it {string.Join(", ", asks.Sends)}; without an answer {(asks.OnFailure == "skip" ? "the request goes on" : "the request is denied")}");
            if (!asks.SeesSecrets.IsEmpty)
            {
                writer.WriteLine($"   {paint.Note("it sees real values")} in {string.Join(", ", asks.SeesSecrets)}");
            }
        }

        if (step.Strips is { } strips)
        {
            writer.WriteLine(strips.IsEmpty ? "   strips none of these headers" : $"   strips {string.Join(", ", strips)}");
        }

        PrintRecords(step);
        PrintCalls(step);
    }

    private void PrintRecords(StepExplanation step)
    {
        if (step.Records is { } records)
        {
            var absent = step.RecordsAbsent is { IsEmpty: false } missing ? $"; the request has no {string.Join(", ", missing)}" : "";
            writer.WriteLine($"   records {string.Join(", ", records)} as the workload sent them{absent}");
        }

        if (step.RecordsBodyBytes is { } limit)
        {
            writer.WriteLine(step.RecordedBodyBytes is { } bytes
                ? $"   records {bytes} bytes of the request body{(step.BodyTruncated == true ? ", which is longer" : "")}"
                : $"   records up to {limit} bytes of the request body");
        }
    }

    private void PrintSecret(SecretExplanation secret)
    {
        writer.WriteLine($"   {paint.Bold(secret.Name)} ({At(secret.At)}): {Effect(secret)}");
        PrintRule("     ", secret.Rule);
        PrintNearest("     ", secret.Nearest);
        if (secret is { ScrubsResponse: true, Reason: null })
        {
            PrintScrubbing(secret.ScrubsStrictly);
        }
    }

    private void PrintScrubbing(bool? strictly) =>
        writer.WriteLine($"     its value is taken out of the response{(strictly == true ? "; a response that cannot be searched is refused" : "")}");

    private string Effect(SecretExplanation secret)
    {
        if (!secret.InScope)
        {
            return "out of scope, its rules do not match";
        }

        var places = string.Join(", ", secret.Locations);
        var effect = (secret.Mode, secret.Locations.IsEmpty) switch
        {
            ("inject", false) => $"sets {places}{(secret.Value is { } value ? $" to \"{value}\"" : "")}",
            ("inject", true) => "an earlier entry has set the same place",
            (_, false) => $"swaps the placeholder in {places}",
            _ => "the placeholder is not in what is searched",
        };
        if (secret.BodyMatches is > 1 and var times)
        {
            effect += $"; it is in the body {times} times";
        }
        else if (secret is { ScansBody: true, BodyMatches: null, Reason: null or "secret_required" })
        {
            effect += "; the body is searched too, and is not known here";
        }

        return WithReason(effect, secret.Reason);
    }

    private void PrintCredential(CredentialExplanation credential)
    {
        writer.WriteLine($"   {paint.Bold(credential.Kind)} ({At(credential.At)}): {Effect(credential)}");
        PrintRule("     ", credential.Rule);
        PrintNearest("     ", credential.Nearest);
        foreach (var header in credential.Sets)
        {
            writer.WriteLine($"     sets {header.Place} to \"{header.Value}\"");
        }

        if (!credential.Removes.IsEmpty)
        {
            writer.WriteLine($"     removes before {string.Join(", ", credential.Removes)}");
        }

        if (credential.Signs is { } signs)
        {
            writer.WriteLine($"     signs \"{signs}\"");
        }

        if (credential is { ScrubsResponse: true, Reason: null })
        {
            PrintScrubbing(credential.ScrubsStrictly);
        }
    }

    private string Effect(CredentialExplanation credential)
    {
        if (!credential.InScope)
        {
            return "out of scope, its rules do not match";
        }

        var signedFor = credential is { Region: { } region, Service: { } service } ? $" for {service} in {region}" : "";
        var endpoint = credential.TokenEndpoint is { } url ? $", with a token from {url}; without one the request {(credential.GoesWithout == true ? "goes on as it was sent" : "is refused")}" : "";
        return credential switch
        {
            { Reason: { } reason } => WithReason($"acts with {string.Join(", ", credential.Uses)}{signedFor}", reason),
            { Sets.IsEmpty: true } => "an earlier entry has set the same place",
            _ => $"acts with {string.Join(", ", credential.Uses)}{signedFor}{endpoint}",
        };
    }

    private string WithReason(string effect, string? code) =>
        code is null ? effect : $"{effect}; {paint.Bad(code)}: {Reason.Find(code)!.Sentence}";

    private void PrintMcp(McpExplanation mcp)
    {
        var server = mcp.Server is { } name ? $" server {name} ({At(mcp.At!.Value)})" : ""; // A server has a place.
        writer.WriteLine($"{paint.Bold("mcp")}{server} {Outcome(mcp.Outcome)}");
        if (mcp.Reason is { } code)
        {
            writer.WriteLine($"   {code}: {Reason.Find(code)!.Sentence}");
        }

        if (mcp.InScope == false)
        {
            writer.WriteLine("   no server's rules match, so tool calls in this request are not looked at");
        }

        PrintRule("   ", mcp.Rule);
        PrintNearest("   ", mcp.Nearest);
        if (mcp is { Upstream: { } upstream, Reason: null })
        {
            writer.WriteLine($"   sent to {upstream}");
        }

        foreach (var message in mcp.Messages ?? [])
        {
            PrintMessage(message);
        }

        if (mcp.Error is { } error)
        {
            writer.WriteLine($"   the client is answered with error {error.Code}: {error.Message}");
        }

        if (mcp is { Outcome: StepAnswer.Undecided, Messages: null })
        {
            writer.WriteLine("   the body is not known here; --tool and --body say what is called");
        }
    }

    private void PrintMessage(McpMessageExplanation message)
    {
        if ((message.Tool ?? message.Prompt ?? message.Resource) is not { } name)
        {
            writer.WriteLine($"   {message.Method ?? "an answer"} {paint.Good("passes")}");
            return;
        }

        var verdict = Answer(message.Allowed, message.ComparesSecret);
        writer.WriteLine($"   {message.Method} {paint.Bold(name)} {verdict}{(message.Entries.IsEmpty ? ": no entry has this name" : "")}");
        PrintEntries(message.Entries);
    }

    private void PrintCalls(StepExplanation step)
    {
        foreach (var call in step.Calls ?? [])
        {
            writer.WriteLine($"   {paint.Bold(call.Name)} {Answer(call.Allowed, call.ComparesSecret)}{(call.Entries.IsEmpty && !call.Allowed ? ": no entry has this name" : "")}");
            PrintEntries(call.Entries);
        }

        if (step.Answer is { } answer)
        {
            writer.WriteLine($"   the client is answered with {answer}");
        }

        if (step is { Outcome: StepAnswer.Undecided, Asks: null, Calls: null })
        {
            writer.WriteLine("   the body is not known here; --body says what is called");
        }
    }

    private void PrintEntries(ImmutableArray<EntryExplanation> entries)
    {
        foreach (var entry in entries)
        {
            writer.WriteLine($"     by the entry at {At(entry.At)}{(entry.Allows ? "" : ", which does not allow it")}");
            foreach (var matcher in entry.Failing)
            {
                writer.WriteLine($"       {matcher.Path} would have {matcher.Wanted} ({At(matcher.At)})");
            }

            if (entry.Unlisted is { } unlisted)
            {
                writer.WriteLine($"       {unlisted} is not among its fields");
            }
        }
    }

    private string Answer(bool allowed, bool? comparesSecret) => comparesSecret == true ? paint.Note("depends on a secret in its arguments")
        : allowed ? paint.Good("is allowed")
        : paint.Bad("is denied");

    private void PrintRule(string indent, SourcePosition? rule)
    {
        if (rule is not { } at)
        {
            return;
        }

        var entry = source.EntryAt(at);
        writer.WriteLine($"{indent}by {(entry is null ? "the rule" : entry.ShortPlace)} at {At(at)}");
        foreach (var (i, line) in (entry?.Lines ?? []).Index())
        {
            var number = (at.Line + i).ToString(CultureInfo.InvariantCulture);
            writer.WriteLine($"{indent}  {paint.Dim($"{number} |")} {(line.Length > MaxLineWidth ? line[..MaxLineWidth] : line)}");
        }
    }

    private void PrintNearest(string indent, NearestMiss? nearest)
    {
        if (nearest is not null)
        {
            writer.WriteLine($"{indent}nearest: {Nearest(nearest)}");
        }
    }

    private string Nearest(NearestMiss nearest) =>
        $"{source.EntryAt(nearest.At)?.ShortPlace ?? "the rule"} at {At(nearest.At)} would match if {nearest.Condition}";

    private void PrintVerdict(Verdict verdict)
    {
        writer.WriteLine();
        if (verdict.Stub == true)
        {
            writer.WriteLine($"verdict: {paint.Note("answered here")} by {verdict.Step} at {At(verdict.At!.Value)} with a stub token; nothing is sent");
        }
        else if (verdict.Allowed)
        {
            var asked = (verdict.DependsOn ?? []).Select(d => $"{d.Step} {d.Name}").ToArray();
            var agreement = asked.Length > 0 ? $", if {string.Join(" and ", asked)} {(asked.Length == 1 ? "agrees" : "agree")}" : "";
            writer.WriteLine($"verdict: {paint.Good("allowed")}{(verdict.At is { } rule ? $" by the rule at {At(rule)}" : "")}{agreement}");
        }
        else
        {
            var by = verdict.Step is { } step ? $" by {step} at {At(verdict.At!.Value)}" : "";
            writer.WriteLine($"verdict: {paint.Bad("denied")}{by}: {verdict.Reason} ({verdict.Status}): {verdict.Message}");
            if (verdict.Reading is { } reading)
            {
                var rule = verdict.At is { } at ? $"the rule at {At(at)}" : "the policy";
                writer.WriteLine($"   a server may read it as {reading.Method} {reading.Path}, and {rule} answers that differently");
            }
        }
    }

    // A plan compiled from standard input or elsewhere names the file that it was compiled from.
    private string At(SourcePosition position) => $"{(source.Yaml is null ? source.Plan.Source : source.Path)}:{position}";
}
