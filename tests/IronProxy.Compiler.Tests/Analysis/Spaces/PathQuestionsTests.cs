using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Paths;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public partial class PathQuestionsTests
{
    private static readonly string[] AllPaths = [.. Strings("ab/", 5).Select(s => "/" + s)];

    [Fact]
    public void The_automaton_of_paths_accepts_what_requests_may_have_in_one_reading()
    {
        var nasty = Gen.Elements("//..;+:%%225FfEeCc0ADa4~1*[|\\?#\"".ToCharArray());
        var path = nasty.ListOf().Select(l => "/" + string.Concat(l));
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(path.ToArbitrary(), Agrees));
        Assert.All(Strings("%25Ff", 6).Select(s => "/%25" + s), s => Assert.True(Agrees(s), s));
        Assert.All(Strings("/.;a+:", 5).Select(s => "/" + s), s => Assert.True(Agrees(s), s));
    }

    [Theory]
    [InlineData("/v1/*", "/v1")]
    [InlineData("/v1/*", "/v1/")]
    [InlineData("/v1/*", "/v1/a/b")]
    [InlineData("/bot*", "/bot1/send")]
    [InlineData("/a/*/c", "/a/b/c")]
    [InlineData("/a/?", "/a/b")]
    [InlineData("/%61", "/a")]
    public void A_pattern_and_its_automaton_both_match(string pattern, string path)
    {
        Assert.True(new PathPattern(pattern).Matches(path));
        Assert.True(Accepts(pattern, path));
    }

    [Theory]
    [InlineData("/v1/**", "/v1")]
    [InlineData("/v1/*", "/v")]
    [InlineData("/a/*/c", "/a/b/b/c")]
    [InlineData("/a/?", "/a//")]
    [InlineData("/A", "/a")]
    public void A_pattern_and_its_automaton_both_do_not_match(string pattern, string path)
    {
        Assert.False(new PathPattern(pattern).Matches(path));
        Assert.False(Accepts(pattern, path));
    }

    [Fact]
    public void An_automaton_accepts_what_its_patterns_match()
    {
        var property = Prop.ForAll(Patterns(6).ToArbitrary(), patterns =>
        {
            var union = new PathPatternUnion(patterns);
            var matchers = patterns.Select(p => new PathPattern(p)).ToArray();
            return AllPaths.All(p => Run(union, p) == matchers.Any(m => m.Matches(p)));
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), property);
    }

    [Fact]
    public void A_path_is_found_exactly_when_there_is_one_and_it_is_a_shortest()
    {
        var unions = Patterns(3).ListOf().Select(l => l.Take(2).ToArray());
        var property = Prop.ForAll(unions.ToArbitrary(), unions.ToArbitrary(), (inside, outside) =>
        {
            var questions = new PathQuestions();
            var found = questions.Find(
                [.. inside.Select(u => questions.InternUnion(u.Select(questions.Intern)))],
                [.. outside.Select(u => questions.InternUnion(u.Select(questions.Intern)))]);
            bool IsAnswer(string p) => InAll(inside, p) && !InAll(outside, p);
            var shortest = AllPaths.Where(IsAnswer).Select(p => p.Length).DefaultIfEmpty(int.MaxValue).Min();

            // What is found may use other characters, and so be as short but never longer.
            return found is null ? shortest == int.MaxValue : IsAnswer(found) && Agrees(found) && found.Length <= shortest;
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), property);
    }

    [Fact]
    public void Against_nothing_any_path_that_can_be_asked_for_is_an_answer()
    {
        var questions = new PathQuestions();

        Assert.Equal("/", questions.Find([], null));
        Assert.Null(questions.Find([questions.InternUnion([questions.Intern("/..*"), questions.Intern("/b")]), questions.InternUnion([questions.Intern("/?")])], [questions.InternUnion([questions.Intern("/b")])]));
    }

    [Fact]
    public void Patterns_that_combine_beyond_reason_are_refused_and_not_explored_for_ever()
    {
        var questions = new PathQuestions();
        var inside = questions.InternUnion([questions.Intern("/*a???????????????????????????????")]);
        var outside = questions.InternUnion([questions.Intern("/*b??????????????????????????????"), questions.Intern("/*a????????????????????????????????*")]);

        Assert.Throws<AnalysisLimitException>(() => questions.Find([inside], [outside]));
    }

    private static bool InAll(string[][] unions, string path) => unions.All(u => u.Any(p => new PathPattern(p).Matches(path)));

    private static Gen<string[]> Patterns(int most) => Gen.Elements("ab/*?".ToCharArray()).ListOf()
        .Select(l => "/" + string.Concat(l.Take(5)))
        .NonEmptyListOf().Select(l => l.Take(most).ToArray());

    private static bool Accepts(string pattern, string path) => Run(new PathPatternUnion([pattern]), path);

    private static bool Run(PathPatternUnion union, string path) =>
        union.Accepts(path.Aggregate(union.StartState, union.Next));

    [Theory]
    [InlineData("/..%20/a")]
    [InlineData("/%20./a")]
    [InlineData("/.:a")]
    [InlineData("/..%3Bx/a")]
    [InlineData("/+../a")]
    [InlineData("/...")]
    public void Disguised_dots_are_no_path(string path) => Assert.True(Agrees(path) && !RequestPathAutomaton.IsRequestPath(path));

    /// <summary>The automaton takes these for paths. They are no answer, and it is not claimed that there is none.</summary>
    [Fact]
    public void What_only_looks_like_a_path_is_no_answer()
    {
        var questions = new PathQuestions();
        var inside = questions.InternUnion([questions.Intern("/.%E2%80%A4*")]);
        var outside = questions.InternUnion([questions.Intern("/.%E2%80%A4?*")]);

        Assert.Throws<AnalysisLimitException>(() => questions.Find([inside], [outside]));
        Assert.Equal("/.%E2%80%A4x", questions.Find([inside], null));
    }

    /// <summary>Beyond ASCII, and behind double escapes, the automaton is wider than requests are.</summary>
    private static bool Agrees(string path)
    {
        var valid = RequestTarget.TryCreate(path, out var target) is null
            && target.Query.Length == 0
            && target.MatchPath == path
            && target.OtherReadings().IsEmpty;
        var accepted = RequestPathAutomaton.Accepts(path.Aggregate(RequestPathAutomaton.Start, RequestPathAutomaton.Next));
        return valid == accepted || (accepted && !RequestPathAutomaton.IsRequestPath(path) && WiderThanRequests().IsMatch(path));
    }

    [GeneratedRegex("%25|%[89A-F]")]
    private static partial Regex WiderThanRequests();

    private static IEnumerable<string> Strings(string alphabet, int length) =>
        length == 0 ? [""] : Strings(alphabet, length - 1).SelectMany(s => s.Length == length - 1 ? alphabet.Select(c => s + c).Prepend(s) : [s]);
}
