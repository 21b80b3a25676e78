using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace IronProxy.Compiler.Tests.Formatting;

public partial class FormatPropertyTests
{
    [Fact]
    public void However_a_policy_is_laid_out_formatting_keeps_its_meaning_and_its_comments_and_is_idempotent()
    {
        var seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(seeds, seed =>
        {
            var text = new UntidyPolicy(seed).Write();
            var before = Compile.File(text);
            Assert.True(before.Plan is not null, $"{text}\n{CorpusTests.Print(before.Diagnostics)}");

            var once = ProxyFormatterTests.Format(text).Text;

            Assert.NotNull(once);
            Assert.Equal(before.Plan.PolicyHash, Compile.File(once).Plan?.PolicyHash);
            Assert.Equal(Comments(text), Comments(once));
            Assert.True(once == ProxyFormatterTests.Format(once).Text, $"{text}\n--- once\n{once}\n--- twice\n{ProxyFormatterTests.Format(once).Text}");
            return true;
        }));
    }

    private static IEnumerable<string> Comments(string text) => Comment().Matches(text).Select(m => m.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex("# note [0-9]+")]
    private static partial Regex Comment();
}
