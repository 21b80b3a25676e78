using System.Text.Json;
using Xunit.Sdk;

namespace IronProxy.EndToEnd.Tests.Echo;

/// <summary>The corpus of tests/e2e/echo: each file is a test.</summary>
public sealed class EchoTests(EchoFixture fixture) : IClassFixture<EchoFixture>
{
    private static readonly Dictionary<string, EchoCase> Cases = EchoCaseReader.ReadAll().ToDictionary(c => c.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_echoed_does_not_reach_the_workload(string name)
    {
        var @case = Cases[name];
        var passed = false;
        try
        {
            var (response, record) = await fixture.PlayAsync(@case);
            CheckResponse(@case.Expect, response);
            CheckRecord(@case.Expect, record);
            passed = true;
        }
        catch (XunitException e)
        {
            Assert.Fail($"{name}: {e.Message}\nWhy this case: {@case.Why}");
        }
        finally
        {
            fixture.Score.Add(@case.Category, passed);
        }
    }

    [Fact]
    public void Without_scrubbing_the_forms_of_the_corpus_would_be_read() =>
        Assert.All(
            (string[])["plain", "base64", "base64url", "percent", "percent-lower", "percent-all", "json", "json-ascii", "json-all", "json-slashes", "base64-in-json", "base64-in-url"],
            form => Assert.All(
                (string[])["@", "u@", "us@er"],
                text => Assert.NotNull(EchoedForms.FindIn(EchoedForms.Expand($"${{{form}:{text}}}", "sk-live/Zq7+x 0123"), "sk-live/Zq7+x 0123"))));

    private static void CheckResponse(EchoExpectation expected, EchoedResponse response)
    {
        Assert.Equal(expected.Status, response.Status);
        if (expected.Reason is { } reason)
        {
            Assert.Contains($"\"reason\":\"{reason}\"", response.Body, StringComparison.Ordinal);
        }

        if (expected.Body is { } body)
        {
            Assert.Equal(body, response.Body);
        }

        Assert.All(expected.Has, line => Assert.Contains(line, response.Lines, StringComparer.OrdinalIgnoreCase));
        Assert.All(expected.HasNot, name => Assert.DoesNotContain(response.Lines, l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)));
    }

    private static void CheckRecord(EchoExpectation expected, JsonElement record)
    {
        var step = record.GetProperty("response_transforms").EnumerateArray().Single();
        var annotations = step.TryGetProperty("annotations", out var found) ? found : JsonDocument.Parse("{}").RootElement;
        Assert.Equal(expected.Unscrubbed, annotations.TryGetProperty("unscrubbed", out var unscrubbed) ? unscrubbed.GetString() : null);
        var places = annotations.TryGetProperty("scrubbed", out var uses) ? uses.EnumerateArray().SelectMany(u => u.GetProperty("locations").EnumerateArray()).Select(l => l.GetString()) : [];
        Assert.Equal(expected.Scrubbed.Order(StringComparer.Ordinal), places.Order(StringComparer.Ordinal));
    }
}
