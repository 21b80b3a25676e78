namespace IronProxy.Runtime.Upstream;

/// <summary>An upstream was offered HTTP/2 and chose HTTP/1.1. Nothing of the request was sent.</summary>
internal sealed class Http1ChosenException() : IOException("The upstream chose HTTP/1.1.");
