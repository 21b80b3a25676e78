using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>Decides about messages to MCP servers, and about the lists that they answer with. How a message is read, <see cref="McpReader"/> says.</summary>
public sealed class McpPolicy
{
    private const string EncodedNameStart = "=?base64?";
    private const string EncodedNameEnd = "?=";

    private readonly McpPlan _plan;
    private readonly PlanMatcher _matcher;
    private readonly bool _leads;
    private readonly FrozenDictionary<McpServerPlan, Server> _servers;

    /// <summary>Prepares the policy.</summary>
    /// <param name="plan">The policy.</param>
    /// <param name="matcher">The matcher of the same plan.</param>
    /// <exception cref="PlanException">An expression or a URL in it cannot be used.</exception>
    public McpPolicy(McpPlan plan, PlanMatcher matcher)
    {
        _plan = plan;
        _matcher = matcher;
        _leads = plan.Servers.Any(s => s.Upstream is not null);
        _servers = plan.Servers.ToFrozenDictionary(s => s, s => new Server(s), (IEqualityComparer<McpServerPlan>)ReferenceEqualityComparer.Instance);
    }

    /// <summary>What denied calls are answered with.</summary>
    public JsonRpcErrorPlan Error => _plan.Error;

    /// <summary>
    /// The first server in the order of the file that the request goes to. Null when it goes to none. A request goes to a server as well when a router may take its path for one that
    /// the rules have: what is let through beside them must not be the same route.
    /// </summary>
    public McpServerPlan? FindServer(in HostMatch host, CanonicalRequest request, out RuleMatch? rule)
    {
        foreach (var server in _plan.Servers)
        {
            if (_matcher.MatchesRoute(server.Rules, host, request, out rule))
            {
                return server;
            }
        }

        rule = null;
        return null;
    }

    /// <summary>Where a request is sent in the place of where it asks for. Null when it goes to no server of the policy, or to one that is where it says.</summary>
    public CanonicalRequest? FindUpstream(in HostMatch host, CanonicalRequest request) =>
        _leads && !request.IsDestination && FindServer(host, request, out _) is { } server ? _servers[server].Upstream : null;

    /// <summary>Whether something may be listed: some use of it could be allowed, or nobody asks.</summary>
    public bool Lists(McpServerPlan server, McpKind kind, string name) => _servers[server].Entries(kind)?.Lists(name) ?? true;

    /// <summary>Decides about a body: one message, or a batch, which is refused as a whole when a call in it is.</summary>
    /// <param name="server">The server that it goes to.</param>
    /// <param name="body">The decoded body.</param>
    /// <param name="headers">What headers say that it is.</param>
    public McpDecision Decide(McpServerPlan server, ReadOnlyMemory<byte> body, McpHeaders headers = default)
    {
        try
        {
            using var document = StrictJson.ParseRequest(body);
            if (document?.RootElement is not { } root)
            {
                return McpDecision.Malformed;
            }

            var isBatch = root.ValueKind == JsonValueKind.Array;
            var messages = ImmutableArray.CreateBuilder<McpMessage>();
            foreach (var element in isBatch ? [.. root.EnumerateArray()] : (JsonElement[])[root])
            {
                if (!McpReader.TryRead(element, out var message) || !Agrees(headers, message, isBatch))
                {
                    return McpDecision.Malformed;
                }

                messages.Add(new McpMessage(message.Type, message.Method, message.Id, message.Use is { } use ? Decide(server, use) : null));
            }

            return messages.Count == 0 ? McpDecision.Malformed
                : new McpDecision(messages.FirstOrDefault(m => m.Call is { Allowed: false })?.Call!.Kind.Denial, messages.ToImmutable(), isBatch); // It was asked for above.
        }
        catch (InvalidOperationException)
        {
            // Thrown for strings that are no text, such as half of a surrogate pair.
            return McpDecision.Malformed;
        }
    }

    /// <summary>Takes what may not be used out of lists, and what may not be asked out of the messages of a server.</summary>
    /// <param name="server">The server that they come from.</param>
    /// <param name="body">A body, or the data of an event.</param>
    /// <returns>Null when it could be read in two ways, or not at all.</returns>
    public McpReceipt? Filter(McpServerPlan server, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = StrictJson.ParseResponse(body);
            return document is null ? null : new McpResponseFilter(body, (kind, name) => Lists(server, kind, name), _servers[server].Samples, Error).Filter(document.RootElement);
        }
        catch (InvalidOperationException)
        {
            return null; // As above.
        }
    }

    /// <summary>The use as it is decided. Null when nobody asks about its kind.</summary>
    private McpCall? Decide(McpServerPlan server, McpUse use)
    {
        if (_servers[server].Entries(use.Kind) is not { } entries)
        {
            return null;
        }

        var answers = ImmutableArray.CreateBuilder<EntryAnswer>();
        foreach (var entry in entries.Named(use.Name))
        {
            var failing = use.IsMention ? [] : entry.When.Failing(use.Arguments);
            answers.Add(new EntryAnswer(entry.Plan.At, !entry.When.IsEmpty, failing));
            if (failing.IsEmpty)
            {
                break;
            }
        }

        return new McpCall(use.Kind, use.Name, answers.ToImmutable());
    }

    private static bool Agrees(McpHeaders headers, in McpEnvelope message, bool isBatch) => headers == default
        || (!isBatch && (headers.Method is null || headers.Method == message.Method) && (headers.Name is null || message.Use is not { } use || IsName(headers.Name, use.Name)));

    /// <summary>Names that a header cannot carry are sent in base64, with marks around it.</summary>
    private static bool IsName(string header, string name)
    {
        if (!header.StartsWith(EncodedNameStart, StringComparison.Ordinal) || !header.EndsWith(EncodedNameEnd, StringComparison.Ordinal) || header.Length < EncodedNameStart.Length + EncodedNameEnd.Length)
        {
            return header == HeaderName.ToWire(name);
        }

        var encoded = header[EncodedNameStart.Length..^EncodedNameEnd.Length];
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) && bytes.AsSpan(0, length).SequenceEqual(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>The compiled form of a <see cref="McpServerPlan"/>.</summary>
    private sealed class Server(McpServerPlan plan)
    {
        private readonly FrozenDictionary<McpKind, EntryTable> _tables = McpKind.All.Where(k => k.EntriesOf(plan) is not null)
            .ToFrozenDictionary(k => k, k => k == McpKind.Resource ? new UriTable(k.EntriesOf(plan)!.Value) : new EntryTable(k.EntriesOf(plan)!.Value));

        /// <summary>Whether the model may be asked with some parameters; null when any may.</summary>
        public Func<JsonElement, bool>? Samples { get; } = plan.Sampling is { } sampling ? Sampler([.. sampling.Select(s => new Entry(s))]) : null;

        /// <summary>Where its requests are sent.</summary>
        public CanonicalRequest? Upstream { get; } = plan.Upstream is { } url ? ReadUrl(url) : null;

        public EntryTable? Entries(McpKind kind) => _tables.GetValueOrDefault(kind);

        private static Func<JsonElement, bool> Sampler(Entry[] entries) => parameters => Array.Exists(entries, e => e.When.Failing(parameters).IsEmpty);

        private static CanonicalRequest ReadUrl(string url) => CanonicalRequest.TryCreateFromUrl("POST", url, out var request) is { } problem
            ? throw new PlanException($"The plan has an MCP server at a URL that cannot be used: {problem.Sentence}.")
            : request;
    }

    private class EntryTable(ImmutableArray<AllowedEntryPlan> entries)
    {
        private readonly FrozenDictionary<string, Entry[]> _byName = entries.GroupBy(t => t.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.Select(t => new Entry(t)).ToArray(), StringComparer.Ordinal);

        /// <summary>The entries that speak of a name, in the order of the file.</summary>
        public virtual IEnumerable<Entry> Named(string name) => _byName.GetValueOrDefault(name, []);

        public virtual bool Lists(string name) => _byName.ContainsKey(name);
    }

    /// <summary>
    /// What a star stands for is written plainly: with <c>..</c>, a backslash or an escape in it, a server may find something else behind a URI than what it begins with.
    /// </summary>
    private sealed class UriTable(ImmutableArray<AllowedEntryPlan> entries) : EntryTable(entries)
    {
        private readonly Entry[] _open = [.. entries.Where(e => e.Name.EndsWith('*')).Select(e => new Entry(e))];

        public override IEnumerable<Entry> Named(string name) => base.Named(name).Concat(_open.Where(e => name.StartsWith(e.Plan.Name[..^1], StringComparison.Ordinal) && IsPlain(name.AsSpan(e.Plan.Name.Length - 1))));

        /// <summary>Templates have names of parameters in braces, and are listed when they begin as an entry does.</summary>
        public override bool Lists(string name) => Named(name).Any();

        private static bool IsPlain(ReadOnlySpan<char> rest) => !rest.Contains("..", StringComparison.Ordinal) && !rest.ContainsAny("%\\") && !rest.ContainsAnyInRange('\0', ' ');
    }

    /// <summary>The compiled form of a <see cref="AllowedEntryPlan"/>.</summary>
    private sealed class Entry(AllowedEntryPlan plan)
    {
        public AllowedEntryPlan Plan { get; } = plan;

        public ArgumentMatchers When { get; } = new(plan.When);
    }
}
