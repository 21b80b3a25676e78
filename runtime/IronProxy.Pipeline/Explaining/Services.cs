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
}
