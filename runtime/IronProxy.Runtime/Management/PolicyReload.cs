using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Policies;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Management;

/// <summary>
/// Reads the policy again and puts it in the place of the one that runs. One reload goes on at a time, from the reading to the swap, so that what was read
/// later is never replaced by what was read before. A policy that cannot be run changes nothing.
/// </summary>
/// <param name="source">Where the policy comes from.</param>
/// <param name="policies">The policy that runs.</param>
/// <param name="swap">Swaps policies.</param>
/// <param name="metrics">What counts.</param>
/// <param name="logger">Where the result is said.</param>
/// <param name="time">The clock.</param>
internal sealed partial class PolicyReload(
    PolicySource source, CurrentPolicy policies, Func<ProxyPlan, CancellationToken, Task<PolicySwap>> swap, ProxyMetrics metrics, ILogger<PolicyReload> logger, TimeProvider time) : IDisposable
{
    /// <summary>How many findings of the compiler have a line of the log.</summary>
    private const int MaxLines = 20;

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private LastReload? _last;

    /// <summary>Where the policy comes from.</summary>
    public PolicySource Source => source;

    /// <summary>The newest reload that is over; null before the first.</summary>
    public LastReload? Last => Volatile.Read(ref _last);

    /// <summary>Reads the policy again.</summary>
    /// <param name="trigger">What asked for it, for the log.</param>
    /// <param name="cancellation">Gives up; before the swap nothing has changed.</param>
    public async Task<ReloadResult> RunAsync(string trigger, CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            source.ReloadBegins();
            var before = PlanHashes.Of(policies.Active.Policy.Plan);
            var result = new ReloadResult(before, before) { Error = ReloadResult.InternalError, Message = "The reload was given up." };
            try
            {
                result = await TryAsync(before, cancellation).ConfigureAwait(false);
            }
            finally
            {
                source.ReloadEnded(result);
            }

            Volatile.Write(ref _last, new LastReload(time.GetUtcNow(), trigger, result));
            metrics.Reloaded(succeeded: result.Error is null);
            Say(trigger, result);
            return result;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _oneAtATime.Dispose();

    private async Task<ReloadResult> TryAsync(PlanHashes before, CancellationToken cancellation)
    {
        JsonElement? warnings = null;
        try
        {
            (var plan, warnings) = await source.ReadAsync(cancellation).ConfigureAwait(false);
            await swap(plan, cancellation).ConfigureAwait(false);
            return new ReloadResult(before, PlanHashes.Of(plan)) { Diagnostics = warnings };
        }
        catch (RestartRequiredException e)
        {
            return Refused(ReloadResult.RestartRequired, e) with { Settings = [.. e.Settings] };
        }
        catch (UncompiledPolicyException e)
        {
            return Refused(ReloadResult.DoesNotCompile, e) with { Diagnostics = e.Diagnostics };
        }
        catch (Exception e) when (e is StartupException or PlanException)
        {
            return Refused(ReloadResult.PolicyRefused, e);
        }
#pragma warning disable CA1031 // A fault of a reload is no fault of the policy that runs: it goes on.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogFault(e);
            return new ReloadResult(before, before) { Error = ReloadResult.InternalError, Message = "The policy was not reloaded because of a fault of the proxy; the log has more." };
        }

        ReloadResult Refused(string error, Exception e) => new(before, before) { Error = error, Message = e.Message, Diagnostics = warnings };
    }

    private void Say(string trigger, ReloadResult result)
    {
        if (result.Error is null)
        {
            LogReloaded(trigger, result.Before.PlanHash, result.After.PlanHash);
        }
        else
        {
            LogRefused(trigger, result.Before.PlanHash, result.Error, result.Message ?? "");
        }

        if (result.Diagnostics is not { ValueKind: JsonValueKind.Array } findings)
        {
            return;
        }

        foreach (var finding in findings.EnumerateArray().Take(MaxLines))
        {
            LogFinding($"{finding.GetProperty("path")}:{finding.GetProperty("line")}:{finding.GetProperty("column")}: {finding.GetProperty("severity")} {finding.GetProperty("code")}: {finding.GetProperty("message")}{HintOf(finding)}");
        }
    }

    private static string HintOf(JsonElement finding) => finding.TryGetProperty("hint", out var hint) ? $"; {hint}" : "";

    [LoggerMessage(EventId = 400, Level = LogLevel.Information, Message = "the policy was reloaded ({trigger}): {planHashBefore} became {planHash}")]
    private partial void LogReloaded(string trigger, string planHashBefore, string planHash);

    [LoggerMessage(EventId = 401, Level = LogLevel.Warning, Message = "the policy was not reloaded ({trigger}), and {planHash} goes on: {code}: {reason}")]
    private partial void LogRefused(string trigger, string planHash, string code, string reason);

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "{finding}")]
    private partial void LogFinding(string finding);

    [LoggerMessage(EventId = 403, Level = LogLevel.Error, Message = "a reload failed")]
    private partial void LogFault(Exception exception);
}

/// <summary>A reload that is over.</summary>
/// <param name="At">When it was.</param>
/// <param name="Trigger">What asked for it.</param>
/// <param name="Result">What became of it.</param>
internal sealed record LastReload(DateTimeOffset At, string Trigger, ReloadResult Result);
