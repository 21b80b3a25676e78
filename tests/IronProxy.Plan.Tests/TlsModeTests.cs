using System.Text;
using IronProxy.Plan.Serialization;

namespace IronProxy.Plan.Tests;

public sealed class TlsModeTests
{
    [Theory]
    [InlineData(TlsMode.Mitm, "mitm")]
    [InlineData(TlsMode.SniOnly, "sni-only")]
    public void Plans_have_the_names_of_proxy_yaml(TlsMode mode, string name)
    {
        var plan = TestPlan.Create();
        var bytes = PlanSerializer.Write(PlanSerializer.Seal(plan with { Tls = plan.Tls with { Mode = mode } }));

        Assert.Contains($"\"mode\":\"{name}\"", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal(mode, PlanSerializer.Read(bytes).Tls.Mode);
    }

    [Theory]
    [InlineData("\"MITM\"")]
    [InlineData("\"passthrough\"")]
    [InlineData("0")]
    [InlineData("null")]
    public void Any_other_mode_is_refused(string mode)
    {
        var text = Encoding.UTF8.GetString(PlanSerializer.Write(PlanSerializer.Seal(TestPlan.Create()))).Replace("\"mode\":\"mitm\"", $"\"mode\":{mode}", StringComparison.Ordinal);

        Assert.Contains("cannot be read", Assert.Throws<PlanException>(() => PlanSerializer.Read(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);
    }
}
