using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Says who is asked about a request while it is made, and what is sent there.</summary>
internal static class Services
{
    private static readonly string[] Head = ["method", "url", "headers"];

    public static ServiceExplanation Of(JudgeStepPlan step) => new(
        step.Name,
        $"{step.Provider.Model} of {step.Provider.Type} at {step.Provider.BaseUrl}",
        [.. Head, "body"],
        step.Fallback);

    /// <summary>A server that cannot be reached lets nothing through.</summary>
    public static ServiceExplanation Of(GrpcStepPlan step) => new(
        step.Name,
        $"{(step.Host.Contains(':', StringComparison.Ordinal) ? $"[{step.Host}]" : step.Host)}:{step.Port}, {(step.Tls is null ? "without TLS" : "over TLS")}",
        [.. Head, .. step.SendRequestBody ? ["body"] : (string[])[]],
        "deny");
}
