using IronProxy.Cli.Commands.Doctor;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Doctor;

public class DoctorPageTests
{
    [Fact]
    public async Task Every_check_has_its_section_in_the_order_of_the_table()
    {
        var page = await File.ReadAllLinesAsync(RepositoryRoot.Combine("docs", "doctor.md"));

        Assert.Equal(
            DoctorChecks.All.Select(c => c.Id),
            page.Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]));
    }

    [Fact]
    public void Every_id_is_used_once() =>
        Assert.Equal(DoctorChecks.All.Length, DoctorChecks.All.Select(c => c.Id).Distinct(StringComparer.Ordinal).Count());
}
