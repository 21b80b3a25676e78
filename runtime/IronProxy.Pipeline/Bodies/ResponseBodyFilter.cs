namespace IronProxy.Pipeline;

/// <summary>A body that is made of another one while it streams. Its length is not known before its end.</summary>
/// <param name="inner">The other one.</param>
public abstract class ResponseBodyFilter(ResponseBody inner) : ResponseBody
{
    /// <inheritdoc />
    public override long? Length => null;

    /// <inheritdoc />
    public override bool MayHaveTrailers => Inner.MayHaveTrailers;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => Inner.Trailers;

    /// <summary>The other one.</summary>
    protected ResponseBody Inner { get; } = inner;
}
