using System.Text;
using System.Text.Json;
using IronProxy.Plan.Serialization;

namespace IronProxy.Cli.Tests.Commands;

public sealed class CompileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_file_in_two_folders_gives_the_same_bytes()
    {
        using var other = new TemporaryFolder();
        var outputs = new List<byte[]>();
        foreach (var folder in new[] { _folder, other })
        {
            var run = await CliRun.Of("compile", folder.Write("proxy.yaml", Policies.Good), "-o", folder.File("plan.json"));
            Assert.Equal(0, run.Exit);
            Assert.Empty(run.Out);
            outputs.Add(await File.ReadAllBytesAsync(folder.File("plan.json")));
        }

        Assert.Equal(outputs[0], outputs[1]);
        Assert.NotEmpty(PlanSerializer.Read(outputs[0]).Steps);
    }

    [Fact]
    public async Task Without_an_output_file_the_plan_goes_to_standard_output()
    {
        var path = _folder.Write("proxy.yaml", Policies.Good);
        await CliRun.Of("compile", path, "-o", _folder.File("plan.json"));

        var run = await CliRun.Of("compile", path);

        Assert.Equal(0, run.Exit);
        Assert.Equal(await File.ReadAllTextAsync(_folder.File("plan.json")), run.Out);
    }

    [Fact]
    public async Task A_file_with_errors_gives_no_plan_and_leaves_the_old_one()
    {
        var plan = _folder.Write("plan.json", "the old plan");

        var run = await CliRun.Of("compile", _folder.Write("proxy.yaml", Policies.FiveMistakes), "-o", plan);

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.Contains("5 errors, no plan was written", run.Error, StringComparison.Ordinal);
        Assert.Equal("the old plan", await File.ReadAllTextAsync(plan));
    }

    [Fact]
    public async Task Programs_get_what_was_found_as_one_array_on_standard_error()
    {
        var failed = await CliRun.Of("compile", "--json", _folder.Write("proxy.yaml", Policies.FiveMistakes));
        Assert.Equal((1, ""), (failed.Exit, failed.Out));
        using var found = JsonDocument.Parse(failed.Error);
        Assert.Equal(5, found.RootElement.EnumerateArray().Count(d => d.GetProperty("severity").GetString() == "error"));

        var good = await CliRun.Of("compile", "--json", _folder.Write("proxy.yaml", Policies.Good));
        Assert.Equal(0, good.Exit);
        Assert.NotEmpty(PlanSerializer.Read(Encoding.UTF8.GetBytes(good.Out)).Steps);
        using var nothing = JsonDocument.Parse(good.Error);
        Assert.Equal(JsonValueKind.Array, nothing.RootElement.ValueKind);
    }

    [Fact]
    public async Task An_old_plan_is_replaced_and_nothing_else_is_left_in_the_folder()
    {
        var path = _folder.Write("proxy.yaml", Policies.Good);
        var plan = _folder.Write("plan.json", "the old plan");

        var run = await CliRun.Of("compile", path, "-o", plan);

        Assert.Equal(0, run.Exit);
        Assert.NotEmpty(PlanSerializer.Read(await File.ReadAllBytesAsync(plan)).Steps);
        Assert.Equal(["plan.json", "proxy.yaml"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_folder_that_does_not_exist_is_one_sentence()
    {
        var target = Path.Combine(_folder.File("missing"), "plan.json");

        var run = await CliRun.Of("compile", _folder.Write("proxy.yaml", Policies.Good), "-o", target);

        Assert.Equal(1, run.Exit);
        Assert.Equal($"ironc: cannot write {target}: there is no such folder\n", run.Error);
    }

    [Fact]
    public async Task The_plan_names_no_folder_of_the_machine_that_compiled_it()
    {
        var run = await CliRun.Of("compile", _folder.Write("proxy.yaml", Policies.Good));

        Assert.DoesNotContain(_folder.Path, run.Out, StringComparison.Ordinal);
        Assert.Equal("proxy.yaml", PlanSerializer.Read(Encoding.UTF8.GetBytes(run.Out)).Source);
    }
}
