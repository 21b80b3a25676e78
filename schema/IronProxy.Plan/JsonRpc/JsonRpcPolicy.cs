using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>Decides about calls of JSON-RPC. How a message is read, <see cref="JsonRpcReader"/> says.</summary>
/// <param name="methods">The methods that may be called. A call is allowed when any entry of its name allows it.</param>
/// <exception cref="PlanException">An expression in it cannot be used.</exception>
public sealed class JsonRpcPolicy(ImmutableArray<AllowedEntryPlan> methods)
{
    private readonly FrozenDictionary<string, (SourcePosition At, ArgumentMatchers When)[]> _methods = methods.GroupBy(m => m.Name, StringComparer.Ordinal)
        .ToFrozenDictionary(g => g.Key, g => g.Select(m => (m.At, new ArgumentMatchers(m.When, isPositional: true))).ToArray(), StringComparer.Ordinal);

    /// <summary>Decides about a body: one call, or a batch, which is refused as a whole when one of it is.</summary>
    /// <param name="body">The decoded body.</param>
    /// <returns>Null when it is malformed.</returns>
    public JsonRpcDecision? Decide(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = StrictJson.ParseRequest(body);
            if (document?.RootElement is not { } root)
            {
                return null;
            }

            var isBatch = root.ValueKind == JsonValueKind.Array;
            var calls = ImmutableArray.CreateBuilder<JsonRpcCall>();
            foreach (var element in isBatch ? [.. root.EnumerateArray()] : (JsonElement[])[root])
            {
                // An answer is none: no server asks clients anything over HTTP.
                if (!JsonRpcReader.TryRead(element, out var message) || message.Method is not { } method)
                {
                    return null;
                }

                calls.Add(new JsonRpcCall(method, message.Id, Ask(method, message.Parameters)));
            }

            return calls.Count == 0 ? null : new JsonRpcDecision(calls.ToImmutable(), isBatch);
        }
        catch (InvalidOperationException)
        {
            // Thrown for strings that are no text, such as half of a surrogate pair.
            return null;
        }
    }

    private ImmutableArray<EntryAnswer> Ask(string method, JsonElement parameters)
    {
        var answers = ImmutableArray.CreateBuilder<EntryAnswer>();
        foreach (var (at, when) in _methods.GetValueOrDefault(method, []))
        {
            var failing = when.Failing(parameters);
            answers.Add(new EntryAnswer(at, !when.IsEmpty, failing));
            if (failing.IsEmpty)
            {
                break;
            }
        }

        return answers.ToImmutable();
    }
}

/// <summary>The answer about a body.</summary>
/// <param name="Calls">Its calls.</param>
/// <param name="IsBatch">Whether they came in a list.</param>
public sealed record JsonRpcDecision(ImmutableArray<JsonRpcCall> Calls, bool IsBatch)
{
    /// <summary>Whether all of it may go on.</summary>
    public bool IsAllowed => Calls.All(c => c.IsAllowed);
}

/// <summary>One call.</summary>
/// <param name="Method">The method.</param>
/// <param name="Id">Its id, as JSON. Null for a notification.</param>
/// <param name="Entries">The entries of that method, in the order of the file, up to the one that allows the call.</param>
public sealed record JsonRpcCall(string Method, string? Id, ImmutableArray<EntryAnswer> Entries)
{
    /// <summary>Whether it may go on.</summary>
    public bool IsAllowed => !Entries.IsEmpty && Entries[^1].Allows;
}
