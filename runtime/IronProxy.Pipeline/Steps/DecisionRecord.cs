using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>What the steps decided about a request, and did. Values come from the workload or the plan, never from a secret.</summary>
public class DecisionRecord
{
    /// <summary>Value of <see cref="RejectedBy"/> when the proxy itself refused and no transform did.</summary>
    public const string Proxy = "proxy";

    private List<StepRecord>? _steps;
    private List<StepRecord>? _responseSteps;
    private Action? _finish;

    /// <summary>The transform that rejected, or <see cref="Proxy"/>.</summary>
    public string? RejectedBy { get; set; }

    /// <summary>The rule that decided.</summary>
    public SourcePosition? Rule { get; set; }

    /// <summary>Whether an allowlist in warn mode would have blocked the request.</summary>
    public bool Warned { get; set; }

    /// <summary>The JSON that a refused request is answered with, where a protocol has an answer of its own for that.</summary>
    public byte[]? DenialBody { get; set; }

    /// <summary>The messages to and from an MCP server; null when the request goes to none that the policy names.</summary>
    public McpRecord? Mcp { get; set; }

    /// <summary>How many secrets were put into the request. They are counted; where each went, the steps say.</summary>
    public int SecretsUsed { get; set; }

    /// <summary>The steps that saw the request, in their order.</summary>
    public IReadOnlyList<StepRecord> Steps => _steps ?? [];

    /// <summary>The steps that saw the response, in their order.</summary>
    public IReadOnlyList<StepRecord> ResponseSteps => _responseSteps ?? [];

    /// <summary>Whether a step has answered the request.</summary>
    public bool IsAnswered => _steps is [.., { Outcome.Answer: not null }];

    /// <summary>Registers something to annotate when the record is written, because it is not known before.</summary>
    public void BeforeWrite<TState>(Action<TState> finish, TState state) => _finish += () => finish(state);

    /// <summary>Completes the annotations. Called once, before the record is written.</summary>
    public void Finish()
    {
        var registered = _finish;
        _finish = null; // What it holds of the request is not needed any more.
        foreach (var finish in registered?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action)finish)();
            }
#pragma warning disable CA1031 // Whatever is wrong with what is said beside, the record itself must be written.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _steps?[^1].Annotate("error", $"an annotation could not be made: {e.GetType().Name}");
            }
        }
    }

    /// <summary>Adds a step that sees the request.</summary>
    public StepRecord AddStep(string name) => Add(ref _steps, name);

    /// <summary>Adds a step that sees the response.</summary>
    public StepRecord AddResponseStep(string name) => Add(ref _responseSteps, name);

    private static StepRecord Add(ref List<StepRecord>? steps, string name)
    {
        var step = new StepRecord(name);
        (steps ??= new List<StepRecord>(4)).Add(step);
        return step;
    }
}
