using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>What a step puts into the requests of its scope: a secret itself, or the token or signature that is made of one or several.</summary>
public sealed record CredentialUse
{
    /// <summary>The step.</summary>
    public required StepPlan Step { get; init; }

    /// <summary>Names for people of what is read for it: variables, base names of files, or what the machine itself has; never a value.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary>Where they are read, each once for each name. Empty for what the machine itself has.</summary>
    public ImmutableArray<SecretSourcePlan> Reads { get; init; } = [];

    /// <summary>What messages call it.</summary>
    public required string Title { get; init; }

    /// <summary>Index of the rule set that says where it may go. Null means everywhere.</summary>
    public required int? Rules { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>Whether it may travel without TLS. Tokens and signatures never do.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>The headers that it sets.</summary>
    public ImmutableArray<string> Sets { get; init; } = [];

    /// <summary>The query parameter that it sets.</summary>
    public string? Parameter { get; init; }

    /// <summary>The headers of the workload that it cannot do without.</summary>
    public ImmutableArray<string> Needs { get; init; } = [];

    /// <summary>Whether it must see the whole body.</summary>
    public bool ReadsBody { get; init; }

    /// <summary>URL that the proxy itself sends it to, for a token.</summary>
    public string? TokenEndpoint { get; init; }

    /// <summary>Whether requests without the stub token are denied.</summary>
    public bool RequireStub { get; init; }

    /// <summary>Whether requests go on without the token while none can be minted.</summary>
    public bool GoesWithout { get; init; }

    /// <summary>Whether what is made of it, or its value, is taken out of responses.</summary>
    public bool Scrubs { get; init; }

    /// <summary>Whether responses that cannot be searched for it are refused.</summary>
    public bool ScrubsStrictly { get; init; }

    /// <summary>What a token is asked for: scopes of OAuth. Empty when nothing is.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>What a token may do, as far as it is narrowed. Empty means all.</summary>
    public ImmutableArray<string> Permissions { get; init; } = [];

    /// <summary>The repositories that a token is for. Empty means all.</summary>
    public ImmutableArray<string> Repositories { get; init; } = [];

    /// <summary>Whom a token is for: the audience, or the user who is impersonated.</summary>
    public string? For { get; init; }

    /// <summary>What is signed and how, in the words of the file. Null for what signs nothing that the file says.</summary>
    public string? Signs { get; init; }

    /// <summary>Regions of AWS that are signed for. Empty means all.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    /// <summary>Services of AWS that are signed for. Empty means all.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>The entry of <c>secrets</c>. Null for all other transforms.</summary>
    public SecretPlan? Secret { get; init; }

    /// <summary>How it is swapped for a placeholder. Null when it is set.</summary>
    public ReplacePlan? Replace => Secret?.Replace;

    /// <summary><c>inject</c>, <c>replace</c>, or the name of the transform that makes something of it.</summary>
    public string Mode => Secret switch { null => Step.Type, { Inject: null } => "replace", _ => "inject" };

    /// <summary>Each once: one JSON document may hold several credentials.</summary>
    internal static ImmutableArray<string> NamesOf(ImmutableArray<CredentialPlan> credentials) =>
        [.. credentials.Select(c => c.Source.DisplayName).Distinct(StringComparer.Ordinal)];
}
