using System.Diagnostics;
using IronProxy.Pipeline;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Telemetry;

/// <summary>What requests say of the trace that they belong to (https://www.w3.org/TR/trace-context/).</summary>
internal static class TraceContext
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";

    /// <summary>The flags that version 00 has, which is the one that is written: others mean nothing there, and are not passed on (3.2.2.5).</summary>
    private const ActivityTraceFlags Known = ActivityTraceFlags.Recorded;

    /// <summary>It judges what it reads.</summary>
    private static readonly DistributedContextPropagator W3C = DistributedContextPropagator.CreateW3CPropagator();

    /// <summary>Reads the parent that a request names. One that is malformed, or named twice, is none.</summary>
    public static ActivityContext Read(IHeaderDictionary headers)
    {
        W3C.ExtractTraceIdAndState(headers, Get, out var parent, out var state);
        return ActivityContext.TryParse(parent, state, isRemote: true, out var context)
            ? new ActivityContext(context.TraceId, context.SpanId, context.TraceFlags & Known, context.TraceState, isRemote: true)
            : default;
    }

    /// <summary>Names a span as the parent, in the place of what the workload named.</summary>
    public static void Set(HeaderLines headers, Activity span)
    {
        headers.Set(Parent, span.Id!); // It has one when it is started.
        headers.Remove(State);
        if (!string.IsNullOrEmpty(span.TraceStateString))
        {
            headers.Add(State, span.TraceStateString);
        }
    }

    private static void Get(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((IHeaderDictionary)carrier!)[name]; // It is what is read from; several lines have commas between them.
    }
}
