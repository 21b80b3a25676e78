using System.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Telemetry;

namespace IronProxy.Runtime.Tests.Telemetry;

public sealed class ClientAttributesTests
{
    [Fact]
    public void Who_asked_is_in_what_is_exported_of_a_record()
    {
        var record = new AuditRecord(0) { Client = new ClientIdentity("ci", ClientProof.Password) };
        var attributes = AuditAttributes.Of(record, 0).ToDictionary();
        using var span = new Activity("a request");
        SpanAttributes.Set(span, record);

        Assert.Equal(("ci", "password"), (attributes["client"], attributes["client_by"]));
        Assert.Equal(("ci", "password"), (span.GetTagItem("iron_proxy.client"), span.GetTagItem("iron_proxy.client_by")));
    }

    [Fact]
    public void Of_nobody_who_is_known_nothing_is_exported()
    {
        using var span = new Activity("a request");
        SpanAttributes.Set(span, new AuditRecord(0));

        Assert.DoesNotContain(AuditAttributes.Of(new AuditRecord(0), 0), a => a.Key.StartsWith("client", StringComparison.Ordinal));
        Assert.Null(span.GetTagItem("iron_proxy.client"));
    }
}
