using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Telemetry;

namespace IronProxy.Runtime.Tests.Telemetry;

public sealed class AuditAttributesTests
{
    [Fact]
    public void Whatever_a_workload_can_make_long_counts()
    {
        const int Length = 60_000;
        var text = new string('x', Length);
        Assert.All(
            [new AuditRecord(0) { Method = text }, new AuditRecord(0) { Path = text }, new AuditRecord(0) { Host = text }, new AuditRecord(0) { Sni = text }],
            r => Assert.InRange(AuditAttributes.SizeOf(r), Length * sizeof(char), long.MaxValue));
    }
}
