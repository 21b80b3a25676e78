using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler;

/// <summary>Finds keys in a proxy.yaml, for findings that are made from the plan, which does not carry the places of settings.</summary>
public sealed class PolicyPlaces
{
    private readonly YamlNode? _root;

    private PolicyPlaces(YamlNode? root) => _root = root;

    /// <summary>Reads a file that compiles.</summary>
    public static PolicyPlaces Of(SourceText source) => new(YamlReader.Read(new DiagnosticBag(source)));

    /// <summary>Where the value of a key such as <c>dns.proxy_ip</c> is written; null when it is not.</summary>
    public SourceSpan? Find(string key)
    {
        var node = _root;
        foreach (var part in key.Split('.'))
        {
            if (node is not YamlMapping mapping || !mapping.TryGet(part, out var entry))
            {
                return null;
            }

            node = entry.Value;
        }

        return node?.Span;
    }
}
