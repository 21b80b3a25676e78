using IronProxy.Compiler.Learning;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Learning;

public class PathTreeTests
{
    [Fact]
    public void A_few_names_stay_as_they_are() =>
        Assert.Equal(
            ["/ GET:1", "/v1/chat/completions POST:1", "/v1/models GET:1", "/v1/models/ GET:1"],
            Learn("GET /", "GET /v1/models", "GET /v1/models/", "POST /v1/chat/completions"));

    [Fact]
    public void Ids_become_a_star() =>
        Assert.Equal(["/users/*/posts GET:2"], Learn("GET /users/17/posts", "GET /users/18/posts"));

    [Fact]
    public void A_star_at_the_end_takes_in_what_is_below_it_and_the_bare_parent_for_the_same_method() =>
        Assert.Equal(
            ["/users DELETE:1", "/users/* GET:4", "/users/*/posts POST:1"],
            Learn("GET /users/17", "GET /users/18/posts", "GET /users", "DELETE /users", "GET /users/list", "POST /users/17/posts"));

    [Fact]
    public void Many_siblings_become_a_star_whatever_they_look_like()
    {
        Assert.Equal(8, Learn([.. Names(8).Select(n => $"GET /simple/{n}/")]).Length);
        Assert.Equal(["/simple/*/ GET:9"], Learn([.. Names(9).Select(n => $"GET /simple/{n}/")]));
    }

    [Fact]
    public void What_a_wider_pattern_matches_has_none_of_its_own() =>
        Assert.Equal(
            ["/users/*/posts GET:3 POST:1", "/users/list/posts DELETE:1"],
            Learn("GET /users/17/posts", "POST /users/18/posts", "GET /users/list/posts", "DELETE /users/list/posts", "GET /users/me/posts").Select(l => l.Replace(',', ' ')));

    [Fact]
    public void A_pattern_that_covers_another_matches_whatever_that_one_matches()
    {
        string[] patterns =
        [
            .. from a in (string[])["a", "*", "*?", "a?"]
               from rest in (string[])["", "/", "/b", "/*", "/*?", "/*/b", "/b/*", "/b/*/c", "/*/*", "/a?/b"]
               select $"/{a}{rest}",
        ];
        string[] paths =
        [
            .. from a in (string[])["", "a", "b", "a*", "xy"]
               from rest in (string[])["", "/", "/b", "/c", "/b/", "/b/c", "/x/b", "/b/x/c", "/b/x/c/d", "//b", "/a*/b"]
               select $"/{a}{rest}",
        ];
        var covering = 0;
        foreach (var wider in patterns)
        {
            foreach (var other in patterns)
            {
                if (PathCover.Covers(wider.Split('/'), other.Split('/')))
                {
                    covering++;
                    Assert.All(paths.Where(p => new PathPattern(other).Matches(p)), p => Assert.True(new PathPattern(wider).Matches(p), $"{wider} covers {other}, and does not match {p}"));
                }
            }
        }

        Assert.True(covering > 3 * patterns.Length, $"{covering}");
    }

    [Fact]
    public void Directly_below_the_host_a_star_is_one_segment()
    {
        Assert.Equal(["/*? GET:9"], Learn([.. Names(9).Select(n => $"GET /{n}")]));
        Assert.Equal(["/*/*? GET:9"], Learn([.. Names(9).Select(n => $"GET /{n}/12")]));
        Assert.Equal(["/*/x/* GET:9"], Learn([.. Names(9).Select(n => $"GET /{n}/x/12")]));
        Assert.Equal(["/2/tweets GET:1"], Learn("GET /2/tweets"));
    }

    [Fact]
    public void A_star_that_was_sent_is_one_character() =>
        Assert.Equal(["/a/? GET:1", "/a?c/b GET:1"], Learn("GET /a/*", "GET /a*c/b"));

    [Fact]
    public void So_is_a_bracket() => Assert.Equal(["/a/?id].js GET:1"], Learn("GET /a/[id].js"));

    [Fact]
    public void What_is_very_deep_is_taken_together()
    {
        var deep = string.Concat(Enumerable.Repeat("/x", 100_000));

        Assert.Equal([$"{deep[..62]}/* GET:2"], Learn($"GET {deep}", $"GET {deep}y"));
        Assert.Equal([$"{string.Concat(Enumerable.Repeat("/*", 31))}/* GET:1"], Learn($"GET {string.Concat(Enumerable.Repeat("/1234", 50))}"));
    }

    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(i => $"name-{(char)('a' + i)}");

    private static string[] Learn(params string[] requests)
    {
        var tree = new PathTree();
        foreach (var request in requests)
        {
            tree.Add(request.Split(' ')[0], request.Split(' ')[1], 1);
        }

        return [.. tree.Patterns().Select(p => $"{p.Pattern} {string.Join(',', p.Methods.Select(m => $"{m.Key}:{m.Value}"))}").Order(StringComparer.Ordinal)];
    }
}
