using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>
/// Decides about messages to MCP servers. What could be read in two ways is refused: members twice or in another letter case,
/// which some servers would read as the ones that are looked at here.
/// </summary>
public sealed class McpPolicy
{
    private const string ToolsCall = "tools/call";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly McpPlan _plan;
    private readonly PlanMatcher _matcher;
    private readonly FrozenDictionary<McpServerPlan, FrozenDictionary<string, Tool[]>> _tools;

    /// <summary>Prepares the policy.</summary>
    /// <param name="plan">The policy.</param>
    /// <param name="matcher">The matcher of the same plan.</param>
    public McpPolicy(McpPlan plan, PlanMatcher matcher)
    {
        _plan = plan;
        _matcher = matcher;
        _tools = plan.Servers.ToFrozenDictionary(
            s => s,
            s => s.Tools.GroupBy(t => t.Name, StringComparer.Ordinal)
                .ToFrozenDictionary(g => g.Key, g => g.Select(t => new Tool(t)).ToArray(), StringComparer.Ordinal),
            (IEqualityComparer<McpServerPlan>)ReferenceEqualityComparer.Instance);
    }

    /// <summary>What denied calls are answered with.</summary>
    public McpErrorPlan Error => _plan.Error;

    /// <summary>The first server in the order of the file that the request goes to. Null when it goes to none.</summary>
    public McpServerPlan? FindServer(in HostMatch host, CanonicalRequest request, out RuleMatch? rule)
    {
        foreach (var server in _plan.Servers)
        {
            if (_matcher.Matches(server.Rules, host, request, out rule))
            {
                return server;
            }
        }

        rule = null;
        return null;
    }

    /// <summary>Whether a tool may be listed: some call of it could be allowed.</summary>
    public bool Lists(McpServerPlan server, string tool) => _tools[server].ContainsKey(tool);

    /// <summary>Decides about a body: one message, or a batch, which is refused as a whole when a call in it is.</summary>
    /// <param name="server">The server that it goes to.</param>
    /// <param name="body">The decoded body.</param>
    public McpDecision Decide(McpServerPlan server, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            var root = document.RootElement;
            IEnumerable<JsonElement> elements = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];
            var messages = elements.Select(e => Read(server, e)).ToImmutableArray();
            return messages.IsEmpty || messages.Contains(null)
                ? McpDecision.Malformed
                : new McpDecision(messages.Any(m => m!.Call is { Allowed: false }) ? Reason.ToolNotAllowed : null, messages!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is thrown for strings that are no text, such as half of a surrogate pair.
            return McpDecision.Malformed;
        }
    }

    /// <summary>Decides about one call.</summary>
    /// <param name="server">The server that it goes to.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">An object, or undefined when there are none.</param>
    /// <exception cref="InvalidOperationException">A string in the arguments is no text.</exception>
    public McpCall DecideCall(McpServerPlan server, string tool, JsonElement arguments)
    {
        var answers = ImmutableArray.CreateBuilder<McpToolAnswer>();
        foreach (var entry in _tools[server].GetValueOrDefault(tool, []))
        {
            var failing = entry.Failing(arguments);
            answers.Add(new McpToolAnswer(entry.Plan, failing));
            if (failing.IsEmpty)
            {
                break;
            }
        }

        return new McpCall(tool, answers.ToImmutable());
    }

    /// <summary>The value of an argument. Undefined when it is absent, or when it could be read in two ways.</summary>
    public static JsonElement Argument(JsonElement arguments, ImmutableArray<string> path)
    {
        foreach (var name in path)
        {
            if (arguments.ValueKind != JsonValueKind.Object || !TryMember(arguments, name, out arguments))
            {
                return default;
            }
        }

        return arguments;
    }

    /// <summary>One message, or null when it is malformed.</summary>
    private McpMessage? Read(McpServerPlan server, JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || !TryMember(message, "method", out var method) || !TryMember(message, "params", out var parameters))
        {
            return null;
        }

        if (method.ValueKind == JsonValueKind.Undefined)
        {
            // An answer to a question of the server.
            return new McpMessage(null, null);
        }

        if (method.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var name = method.GetString()!; // It is a string.
        if (name != ToolsCall)
        {
            return IsVariant(name.Trim(), ToolsCall) ? null : new McpMessage(name, null);
        }

        return parameters.ValueKind == JsonValueKind.Object
            && TryMember(parameters, "name", out var tool) && tool.ValueKind == JsonValueKind.String
            && TryMember(parameters, "arguments", out var arguments)
            && arguments.ValueKind is JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null
                ? new McpMessage(name, DecideCall(server, tool.GetString()!, arguments)) // It is a string.
                : null;
    }

    /// <summary>Reads a member, which may be absent.</summary>
    /// <returns>False when a member of another letter case is there.</returns>
    private static bool TryMember(JsonElement container, string name, out JsonElement value)
    {
        value = default;
        foreach (var member in container.EnumerateObject())
        {
            if (member.NameEquals(name))
            {
                value = member.Value;
            }
            else if (IsVariant(member.Name, name))
            {
                value = default;
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether a reader that does not care for letter case takes one name for the other. Some count the long s and the
    /// Kelvin sign as letters s and k (Unicode simple case folding), which .NET does not.
    /// </summary>
    private static bool IsVariant(string name, string other) => Fold(name).Equals(Fold(other), StringComparison.OrdinalIgnoreCase);

    private static string Fold(string name) => name.Replace('\u017F', 's').Replace('\u212A', 'k');

    /// <summary>The compiled form of a <see cref="McpToolPlan"/>.</summary>
    private sealed class Tool(McpToolPlan plan)
    {
        private readonly (McpMatcherPlan Plan, Regex? Expression)[] _matchers =
            [.. plan.When.Select(m => (m, m.Matches is { } e ? new Regex(e, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant) : null))];

        public McpToolPlan Plan { get; } = plan;

        public ImmutableArray<McpMatcherPlan> Failing(JsonElement arguments) =>
            [.. _matchers.Where(m => !Holds(m.Plan, m.Expression, Argument(arguments, m.Plan.Path))).Select(m => m.Plan)];

        private static bool Holds(McpMatcherPlan plan, Regex? expression, JsonElement value) =>
            value.ValueKind != JsonValueKind.Undefined
            && (expression is null
                ? plan.In is { } allowed && allowed.Any(a => JsonElement.DeepEquals(a, value))
                : TextOf(value) is { } text && expression.IsMatch(text));

        /// <summary>Only single values have a text; a list or an object could be written in many ways.</summary>
        private static string? TextOf(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
    }
}

/// <summary>The answer about a body.</summary>
/// <param name="Denial">Null when the body may go on.</param>
/// <param name="Messages">Its messages. Empty when it is malformed.</param>
public sealed record McpDecision(Reason? Denial, ImmutableArray<McpMessage> Messages)
{
    /// <summary>The body is no message, or could be read as another one.</summary>
    public static McpDecision Malformed { get; } = new(Reason.MalformedMcp, []);
}

/// <summary>One JSON-RPC message.</summary>
/// <param name="Method">The method. Null for an answer.</param>
/// <param name="Call">The call of a tool. Null for any other message: those pass.</param>
public sealed record McpMessage(string? Method, McpCall? Call);

/// <summary>The answer about the call of a tool.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Entries">The entries of its name, in the order of the file, up to the one that allows the call.</param>
public sealed record McpCall(string Tool, ImmutableArray<McpToolAnswer> Entries)
{
    /// <summary>Whether the call may go on.</summary>
    public bool Allowed => !Entries.IsEmpty && Entries[^1].Failing.IsEmpty;
}

/// <summary>What one entry says about a call.</summary>
/// <param name="Tool">The entry.</param>
/// <param name="Failing">What of it does not hold. Empty when it allows the call.</param>
public sealed record McpToolAnswer(McpToolPlan Tool, ImmutableArray<McpMatcherPlan> Failing);
