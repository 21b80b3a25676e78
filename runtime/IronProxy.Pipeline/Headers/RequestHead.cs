using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>What of a head is refused before any policy is asked, because two readers can understand it differently (RFC 9112, 6 and 11.2), or cannot read it at all.</summary>
public static class RequestHead
{
    /// <summary>The longest name of a header. Those in use have a third of it.</summary>
    public const int MaxNameLength = 256;

    /// <summary>The longest value of a header: tickets of Kerberos have a good part of it.</summary>
    public const int MaxValueLength = 64 * 1024;

    /// <summary>How many lines a head may have.</summary>
    public const int MaxLines = 200;

    /// <summary>Checks how the end of the body is announced.</summary>
    /// <param name="codings">The Transfer-Encoding lines; not empty.</param>
    /// <param name="hasLength">Whether there is a Content-Length, too.</param>
    /// <param name="isHttp11">Whether the request is one of HTTP/1.1.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? CheckCodings(IReadOnlyList<string?> codings, bool hasLength, bool isHttp11) =>
        hasLength && Checks.On(Check.FramingConflict) ? Reason.AmbiguousFraming
        : (codings.Count != 1 || !string.Equals(codings[0], "chunked", StringComparison.OrdinalIgnoreCase) || !isHttp11) && Checks.On(Check.TransferCoding)
            ? Reason.UnsupportedTransferCoding
            : null;

    /// <summary>
    /// Checks the syntax of a line, which is not one of HTTP/2's own. Blanks around a value are no part of it in HTTP/1.1, and malformed in HTTP/2 (RFC 9113, 8.2.1).
    /// </summary>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? CheckSyntax(string name, string value) =>
        HeaderName.IsValid(name) && HeaderName.IsValidValue(value) && value is not ([' ' or '\t', ..] or [.., ' ' or '\t']) ? null : Reason.InvalidHeader;

    /// <summary>Checks the length of a line: what is longer than the limit of the next reader is cut, or refused where no policy is asked any more.</summary>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? CheckLength(string name, string value) => name.Length > MaxNameLength || value.Length > MaxValueLength ? Reason.HeadTooLarge : null;

    /// <summary>RFC 9110, 10.1.1: an expectation that is not understood is refused, not taken for something else.</summary>
    /// <param name="expect">Value of Expect; null without one.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? CheckExpectation(string? expect) =>
        expect is null || expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase) ? null : Reason.UnsupportedExpectation;
}
