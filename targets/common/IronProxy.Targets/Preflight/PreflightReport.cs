using System.Collections.Immutable;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.Preflight;

/// <summary>
/// Collects what is known to go wrong before anything is written. A finding points into proxy.yaml, or at an option, which has no
/// place in a file: its name is the place.
/// </summary>
public sealed class PreflightReport
{
    private readonly DiagnosticBag _policy;
    private readonly DiagnosticBag _options;
    private readonly Func<string, SourceSpan?> _placeOf;

    /// <summary>Begins a report.</summary>
    /// <param name="policy">The proxy.yaml, or the name of the plan without a text.</param>
    /// <param name="placeOf">Where a key such as <c>dns.proxy_ip</c> is written; null when it is not.</param>
    public PreflightReport(SourceText policy, Func<string, SourceSpan?> placeOf)
    {
        _policy = new DiagnosticBag(policy);
        _options = new DiagnosticBag(new SourceText("--set", ""));
        _placeOf = placeOf;
    }

    /// <summary>Whether something must be changed first.</summary>
    public bool HasErrors => _policy.HasErrors || _options.HasErrors;

    /// <summary>All findings: those in the policy by place, then those of options.</summary>
    public ImmutableArray<Diagnostic> ToSorted() => [.. _policy.ToSorted(), .. _options.ToSorted()];

    /// <summary>Adds a finding at a key of proxy.yaml, such as <c>dns.proxy_ip</c>; at the nearest key above it when it is absent.</summary>
    public void AtKey(string code, DiagnosticSeverity severity, string key, string message, string hint)
    {
        var span = _placeOf(key);
        for (var dot = key.LastIndexOf('.'); span is null && dot > 0; dot = key.LastIndexOf('.', dot - 1))
        {
            span = _placeOf(key[..dot]);
        }

        _policy.Add(code, severity, span ?? _policy.Source.Span(0, 0), message, hint);
    }

    /// <summary>Adds a finding at a rule, a secret or a step.</summary>
    public void At(string code, DiagnosticSeverity severity, SourcePosition at, string message, string hint) =>
        _policy.Add(code, severity, _policy.Source.Span(_policy.Source.LineStart(at.Line) + at.Column - 1, 1), message, hint);

    /// <summary>Adds a finding at what a key names; without a key, at an entry.</summary>
    public void At(string code, DiagnosticSeverity severity, string? key, SourcePosition at, string message, string hint)
    {
        if (key is null)
        {
            At(code, severity, at, message, hint);
        }
        else
        {
            AtKey(code, severity, key, message, hint);
        }
    }

    /// <summary>Adds a finding where proxy.yaml asks for a secret.</summary>
    public void At(string code, DiagnosticSeverity severity, RequiredSecret secret, string message, string hint) => At(code, severity, secret.Key, secret.At, message, hint);

    /// <summary>Adds a finding about an option.</summary>
    public void AtOption(string code, DiagnosticSeverity severity, string message, string hint) =>
        _options.Add(code, severity, _options.Source.Span(0, 0), message, hint);
}
