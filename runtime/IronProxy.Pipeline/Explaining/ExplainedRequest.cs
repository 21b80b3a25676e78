using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>
/// A request on its way through the steps that <c>iron-proxy</c> runs, so that each sees what the ones before it did. Real values are not known here:
/// something else goes where they would.
/// </summary>
internal sealed class ExplainedRequest(PlanPolicy policy, CanonicalRequest request, AskedHeaders headers, AskedRequestBody body)
    : RequestContext(policy, request, headers, body, new DecisionRecord())
{
    /// <summary>Stands for a real value. It cannot be in a header, so that no placeholder is found in it, and breaks nothing that surrounds it in a body.</summary>
    public const string Hidden = "\x7f";

    private readonly SortedSet<string> _secretPlaces = new(StringComparer.Ordinal);
    private IStepObserver? _observer;

    /// <summary>Whether a body was given, empty or not.</summary>
    public override bool KnowsBody => body.Given is not null;

    public override bool OpensWebSocket => Received.Find("Upgrade")?.Equals("websocket", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The body as the workload sends it.</summary>
    public ReadOnlyMemory<byte> GivenBody => body.Given;

    /// <summary>Whether a secret was swapped into the body.</summary>
    public bool BodyHoldsSecret => _secretPlaces.Contains("body");

    /// <summary>Where real values are by now, in the notation of the audit record.</summary>
    public IEnumerable<string> SecretPlaces => _secretPlaces;

    public override IStepObserver? Observer => _observer;

    /// <summary>Says who is told what the step does that runs now.</summary>
    public void Listen(IStepObserver? observer) => _observer = observer;

    /// <summary>Remembers where real values went.</summary>
    public void Holds(IEnumerable<string> places) => _secretPlaces.UnionWith(places);

    /// <summary>Forgets headers that were taken away.</summary>
    public void Stripped(IEnumerable<string> names) => _secretPlaces.ExceptWith(names.Select(PlaceOf));

    /// <summary>A header in the notation of the audit record.</summary>
    private static string PlaceOf(string header) => $"header:{HeaderName.Canonical(header)}";
}
