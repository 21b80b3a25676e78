using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>An upstream was reached, and no usable response came from it.</summary>
public sealed class UpstreamBrokenException(Reason reason, Exception? inner = null) : BrokenResponseException(reason, inner);
