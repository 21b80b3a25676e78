using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What a step that mints tokens is given: credentials by name, a clock that stands still, and a server that says what the test wants.</summary>
internal sealed class TokenServices(IReadOnlyDictionary<string, string> credentials) : NoServices
{
    public TokenServer Server { get; } = new();

    /// <summary>What looks at credentials before they are used, by their names.</summary>
    public Dictionary<string, Func<SecretValue, string?>> Checks { get; } = [];

    /// <summary>The last token.</summary>
    public MintedToken? Minted { get; private set; }

    public override TimeProvider Time { get; } = new StandingTime();

    public override ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem)
    {
        Checks[plan.Name] = findProblem;
        return new Value(() => Task.FromResult(new SecretValue(credentials[plan.Name])));
    }

    public override ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint) => new Value(async () =>
    {
        try
        {
            using var way = new HttpMessageInvoker(Server, disposeHandler: false);
            return (Minted = await mint(way, CancellationToken.None)).Value;
        }
        catch (MintingFailedException e)
        {
            throw new SecretUnavailableException(e.Message);
        }
    });

    /// <summary>What the machine says of itself.</summary>
    public Dictionary<string, string> Machine { get; } = [];

    public override string? MachineVariable(string name) => Machine.GetValueOrDefault(name);

    /// <summary>What the last step has said of a request.</summary>
    public static string Annotations(RequestContext context) => string.Join(
        ' ', context.Record.Steps[^1].Annotations.Select(a => $"{a.Key}={(a.Value is string[] list ? string.Join(',', list) : Convert.ToString(a.Value, CultureInfo.InvariantCulture))}"));

    private sealed class Value(Func<Task<SecretValue>> get) : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(get());
    }

    private sealed class StandingTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}

/// <summary>Answers in turn what a test has said, and keeps what it was asked.</summary>
internal sealed class TokenServer : HttpMessageHandler
{
    private readonly Queue<(HttpStatusCode Status, string Body, DateTimeOffset? Date)> _answers = new();

    /// <summary>Each request: method, URL and headers as lines, then the body.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>The authorization of each request, which is not in <see cref="Asked"/>: it is another one each time.</summary>
    public List<string> Authorizations { get; } = [];

    public TokenServer Answers(HttpStatusCode status, string body, string? date = null)
    {
        _answers.Enqueue((status, body, date is null ? null : DateTimeOffset.Parse(date, CultureInfo.InvariantCulture)));
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Authorizations.Add(request.Headers.Authorization?.ToString() ?? "");
        var asked = new StringBuilder($"{request.Method} {request.RequestUri}\n");
        foreach (var (name, values) in request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>()).Where(h => h.Key != "Authorization"))
        {
            asked.Append(CultureInfo.InvariantCulture, $"{name}: {string.Join(", ", values)}\n");
        }

        Asked.Add(asked.Append(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)).ToString());
        var (status, body, date) = _answers.Dequeue();
        return new HttpResponseMessage(status) { Content = new StringContent(body), Headers = { Date = date } };
    }
}
