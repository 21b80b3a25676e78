using System.Text;
using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Compiler.Learning;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Learn;

/// <summary>Makes an allowlist of what audit logs say got through.</summary>
internal sealed class LearnHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, LearningGranularity granularity, string? into, string? output)
    {
        var policy = into is null ? null : new SourceText(into, InputFile.ReadPolicy(into, console));
        var tally = new AuditLogReader(console).Read(paths, out var allRead);
        var learner = new PolicyLearner();
        var denied = Teach(learner, tally);
        var learned = learner.Learn(granularity);
        if (learned.Hosts.IsEmpty)
        {
            console.Error.WriteLine($"ironc: there is nothing to learn: no request got through{Remark(learned, denied)}");
            return ExitCode.Findings;
        }

        if (FindUnknownClient(learned, policy) is { } unknown)
        {
            // A rule without its clients would allow more than was seen.
            console.Error.WriteLine($"ironc: requests of the client '{unknown}' got through, and {(policy is null ? "a new policy has no clients: name one that has them with --base" : $"{policy.Path} has no such client")}; nothing was learned");
            return ExitCode.Findings;
        }

        if (Write(learned, policy) is not { } text)
        {
            return ExitCode.Findings;
        }

        if (output is null)
        {
            console.Out.Write(text);
        }
        else
        {
            OutputFile.Replace(output, Encoding.UTF8.GetBytes(text));
        }

        var hosts = learned.Hosts.Length;
        console.Error.WriteLine($"ironc: learned {hosts} {(hosts == 1 ? "host" : "hosts")} from {Requests(learned.Count)}{Remark(learned, denied)}");
        return allRead ? ExitCode.Ok : ExitCode.Findings;
    }

    /// <summary>A client whose requests were learned, and which the policy that takes them does not have.</summary>
    private static string? FindUnknownClient(LearnedPolicy learned, SourceText? policy)
    {
        string[] learnt = [.. learned.Hosts.Select(h => h.Client).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (learnt.Length == 0)
        {
            return null;
        }

        // What does not compile is reported where it is written into.
        var compiled = policy is null ? null : ProxyCompiler.Compile(policy).Plan;
        return policy is not null && compiled is null ? null : learnt.FirstOrDefault(c => compiled?.Clients?.Any(k => k.Name == c) != true);
    }

    /// <summary>Tells the learner what got through, and what did not for a reason that is worth a remark.</summary>
    /// <returns>How many requests policy denied.</returns>
    private static long Teach(PolicyLearner learner, RequestTally tally)
    {
        var denied = 0L;
        foreach (var (recorded, count) in tally.Counts)
        {
            if (recorded.Answer == PolicyAnswer.Denied)
            {
                denied += count;
            }
            else if (recorded.Answer == PolicyAnswer.NotAsked)
            {
                LeaveOut(learner, recorded, recorded.Reason, count);
            }
            else if (recorded.TryRead(recorded.Client, out var request) is { } refusal)
            {
                LeaveOut(learner, recorded, refusal.Code, count);
            }
            else if (recorded.Failure is { } failure && failure != Reason.ClientClosed.Code)
            {
                // It got as far as the upstream and no further. A client that leaves a stream has mostly seen enough of it.
                LeaveOut(learner, recorded, failure, count);
            }
            else if (recorded.IsPassed)
            {
                learner.AddPassed(request.Host, request.Client, count);
            }
            else
            {
                learner.Add(request, count);
            }
        }

        return denied;
    }

    private static void LeaveOut(PolicyLearner learner, RecordedRequest recorded, string? code, long count)
    {
        // A log may have codes of another release, or none of ours at all.
        var reason = Reason.Find(code ?? "");
        var what = recorded.Method.Length > 0 || recorded.IsPassed ? recorded.ToString()
            : recorded.Host.Length > 0 ? recorded.Host
            : "a connection that named no host";
        learner.LeaveOut(what, reason is null ? "it was refused" : $"{reason.Code}: {reason.Sentence}", count);
    }

    private string? Write(LearnedPolicy learned, SourceText? policy)
    {
        if (policy is null)
        {
            return LearnedPolicyWriter.Write(learned);
        }

        var file = LearnedPolicyWriter.WriteInto(learned, policy);
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor, console.ErrorWidth).Print(file.Diagnostics);
        if (file.Text is null)
        {
            console.Error.WriteLine(file.Problem is { } problem
                ? $"ironc: {policy.Path} cannot take the allowlist: {problem}"
                : $"{policy.Path}: {DiagnosticCounts.Of(file.Diagnostics)}, so nothing was learned");
        }

        return file.Text;
    }

    private static string Remark(LearnedPolicy learned, long denied)
    {
        var leftOut = learned.LeftOut.Sum(l => l.Count);
        return (leftOut > 0 ? $"; left out {Requests(leftOut)}{(learned.Hosts.IsEmpty ? "" : ", see the comments")}" : "")
            + (denied > 0 ? $"; {Requests(denied)} had been denied" : "");
    }

    private static string Requests(long count) => $"{count} {(count == 1 ? "request" : "requests")}";
}
