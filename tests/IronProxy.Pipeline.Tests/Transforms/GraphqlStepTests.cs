using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What operations select, in every form that a request may have, and what becomes of those that could be read in two ways.</summary>
public sealed class GraphqlStepTests
{
    private const string Url = "https://api.example.com/graphql";
    private const string Listed = "5e0b9a3c4f1d2e6b7a8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c";

    private static readonly PlanPolicy Policy = Policies.Compile($$"""
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: [api.example.com, open.example.com]}
          - name: graphql
            config:
              name: issues
              rules: [{host: api.example.com, paths: [/graphql]}]
              queries:
                - field: viewer
                - field: repository
                  when:
                    - {path: owner, equals: example}
                    - {path: name, in: [docs, website]}
                  fields: [name, issues.nodes]
                - field: search
                  when: [{path: first, matches: "^[0-9]$"}, {path: filter.kinds.0, equals: OPEN}]
              mutations:
                - field: createIssue
                  when: [{path: input.repo, equals: docs}]
              subscriptions: [{field: issueAdded}]
              persisted_queries: ["{{Listed.ToUpperInvariant()}}"]
              max_depth: 6
              max_fields: 30
              error: {message: "not for you"}
          - name: graphql
            config:
              name: open
              rules: [{host: open.example.com}]
              queries: [{field: "*"}]
              introspection: true
        """);

    /// <summary>A short document can name a long value many times.</summary>
    [Theory]
    [InlineData("query($x: String) { repository(owner: [LIST]) { name } }", true)]
    [InlineData("query($x: String) { repository(owner: \"example\", name: \"docs\", z: [LIST]) { name } }", true)]
    [InlineData("query($x: String, $y: String = \"LONG\") { repository(owner: \"example\", name: \"docs\", z: [LIST]) { name } }", true)]
    [InlineData("query($x: String) { repository(owner: \"example\", name: \"docs\", z: [$x, $x]) { name } }", false)]
    public async Task Values_that_are_named_many_times_are_not_made_so_often(string query, bool tooLarge)
    {
        var name = query.Contains("$y", StringComparison.Ordinal) ? "$y" : "$x";
        var document = query.Replace("LIST", string.Join(',', Enumerable.Repeat(name, 5000)), StringComparison.Ordinal).Replace("LONG", new string('a', 30_000), StringComparison.Ordinal);
        var body = JsonSerializer.Serialize(new { query = document, variables = new { x = new string('a', 40_000) } });
        var before = GC.GetTotalAllocatedBytes();

        var (outcome, _) = await RunAsync("POST", Url, body);

        Assert.Equal(tooLarge ? Reason.GraphqlTooLarge : null, outcome.Rejection);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100_000_000); // Other tests allocate, too. It was two hundred million and more.
    }

    [Theory]
    [InlineData("{ viewer { login friends { nodes { login } } } }", null)]
    [InlineData("{ viewer, __typename }", null)]
    [InlineData("query Q { v: viewer { l: login } }", null)]
    [InlineData("{ deleteAll }", "query.deleteAll")]
    [InlineData("{ viewer: deleteAll }", "query.deleteAll")]
    [InlineData("{ deleteAll: viewer }", null)]
    [InlineData("{ Viewer }", "query.Viewer")]
    [InlineData("mutation { viewer }", "mutation.viewer")]
    [InlineData("subscription { issueAdded { id } }", null)]
    [InlineData("subscription { viewer }", "subscription.viewer")]
    [InlineData("{ ...F } fragment F on Query { viewer ...G } fragment G on Query { deleteAll }", "query.deleteAll")]
    [InlineData("{ ... on Query { ... { ... @include(if: false) { deleteAll } } } }", "query.deleteAll")]
    [InlineData("{ viewer deleteAll @skip(if: true) }", "query.deleteAll")]
    [InlineData("query A { viewer } query B { deleteAll }", "query.deleteAll")]
    [InlineData("query A { viewer } mutation B { createIssue(input: {repo: \"docs\"}) { id } }", null)]
    [InlineData("{ __schema { types { name } } }", "query.__schema")]
    [InlineData("{ t: __type(name: \"A\") { name } }", "query.__type")]
    [InlineData("{ __Typename }", "query.__Typename")]
    [InlineData("{ repository(owner: \"example\", name: \"docs\") { name issues(first: 3) { __typename nodes { title body author { login } } } } }", null)]
    [InlineData("{ repository(owner: \"example\", name: \"docs\") { n: secrets } }", "query.repository.secrets")]
    [InlineData("{ repository(owner: \"example\", name: \"docs\") { ...F } } fragment F on Repository { issues { ... { totalCount } } }", "query.repository.issues.totalCount")]
    [InlineData("{ repository(owner: \"example\", name: \"docs\") { issues } }", "query.repository.issues")]
    [InlineData("{ repository(owner: \"third\", name: \"docs\") { name } }", "query.repository")]
    [InlineData("{ repository(owner: \"example\") { name } }", "query.repository")]
    [InlineData("{ a: repository(owner: \"example\", name: \"docs\") { name } b: repository(owner: \"third\", name: \"docs\") { name } }", "query.repository")]
    [InlineData("{ repository(owner: \"exam\\u0070le\", name: \"\"\"docs\"\"\") { name } }", null)]
    [InlineData("{ search(first: 5, filter: {kinds: [OPEN, CLOSED], text: \"x\"}) { id } }", null)]
    [InlineData("{ search(first: 50, filter: {kinds: [OPEN]}) { id } }", "query.search")]
    [InlineData("{ search(first: 5, filter: {kinds: OPEN}) { id } }", "query.search")]
    [InlineData("{ search(first: 5, filter: {kinds: [OPEN], kinds: [CLOSED]}) { id } }", "query.search")]
    [InlineData("{ viewer # a comment\r\n }", null)]
    [InlineData("{viewer(a:-1.5e3,b:null,c:true,d:$x)}", null)]
    public async Task What_is_selected_is_listed_or_denied(string query, string? denied)
    {
        var (outcome, context) = await PostAsync(query);

        Assert.Equal(denied is null ? null : Reason.GraphqlNotAllowed, outcome.Rejection);
        Assert.Equal(denied, Denied(context));
        if (denied is not null)
        {
            Assert.Equal("""{"errors":[{"message":"not for you","extensions":{"code":"FORBIDDEN"}}]}""", Answer(context));
        }
    }

    [Theory]
    [InlineData("mutation($i: I!) { createIssue(input: $i) { id } }", """{"i":{"repo":"docs"}}""", true)]
    [InlineData("mutation($i: I!) { createIssue(input: $i) { id } }", """{"i":{"repo":"payroll"}}""", false)]
    [InlineData("mutation($i: I!) { createIssue(input: $i) { id } }", """{"i":{"repo":"docs","Repo":"payroll"}}""", false)]
    [InlineData("mutation($i: I!) { createIssue(input: $i) { id } }", """{}""", false)]
    [InlineData("mutation($i: I!) { createIssue(input: $i) { id } }", null, false)]
    [InlineData("mutation($r: String = \"docs\") { createIssue(input: {repo: $r}) { id } }", null, true)]
    [InlineData("mutation($r: String = \"docs\") { createIssue(input: {repo: $r}) { id } }", """{"r":"payroll"}""", false)]
    [InlineData("mutation($r: String = \"docs\") { createIssue(input: {repo: $r}) { id } }", """{"r":null}""", false)]
    [InlineData("mutation { createIssue(input: {repo: $r}) { id } }", """{"r":"docs"}""", false)]
    [InlineData("query A($r: String = \"docs\") { viewer } mutation B($r: String) { ...F } fragment F on Mutation { createIssue(input: {repo: $r}) { id } }", "{}", false)]
    public async Task Arguments_have_the_values_of_variables(string query, string? variables, bool allowed)
    {
        var (outcome, _) = await PostAsync(query, variables);
        Assert.Equal(allowed ? null : Reason.GraphqlNotAllowed, outcome.Rejection);
    }

    [Theory]
    [InlineData("{ viewer")]
    [InlineData("{}")]
    [InlineData("viewer")]
    [InlineData("# nothing")]
    [InlineData("fragment F on Query { viewer }")]
    [InlineData("{ viewer } fragment F on Query { viewer }")]
    [InlineData("{ viewer } { viewer }")]
    [InlineData("{ viewer } query B { viewer }")]
    [InlineData("query A { viewer } query A { viewer }")]
    [InlineData("{ ...F }")]
    [InlineData("{ ...F } fragment F on Query { viewer } fragment F on Query { deleteAll }")]
    [InlineData("{ ...F } fragment F on Query { viewer ...G } fragment G on Query { ...F }")]
    [InlineData("{ viewer { ...F } } fragment F on User { friends { ...F } }")]
    [InlineData("{ viewer(a: 1, a: 2) }")]
    [InlineData("query($a: Int, $a: Int) { viewer }")]
    [InlineData("{ viewer } type Query { viewer: User }")]
    [InlineData("{ viewer } extend type Query { deleteAll: Int }")]
    [InlineData("{ viewer # \r deleteAll }")]
    [InlineData("{ viewer # \u2028 deleteAll }")]
    [InlineData("\uFEFF{ viewer }")]
    [InlineData("{ viewer\u0085 }")]
    [InlineData("{ viewer(a: \"\u0000\") }")]
    [InlineData("{ viewer(a: 01) }")]
    [InlineData("{ viewer(a: \"\\x\") }")]
    public async Task Documents_without_one_reading_are_malformed(string query)
    {
        var (outcome, context) = await PostAsync(query);
        Assert.Equal((Reason.MalformedGraphql, new SourcePosition(5, 5)), (outcome.Rejection, outcome.Rule));
        Assert.Null(context.Record.DenialBody);
    }

    [Theory]
    [InlineData("{ a { b { c { d { e { f { g } } } } } } }")]
    [InlineData("{ viewer { a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a } }")]
    [InlineData("{ ...A ...A ...A } fragment A on Query { ...B ...B ...B } fragment B on Query { ...C ...C ...C } fragment C on Query { viewer }")]
    public async Task More_than_the_limits_is_refused(string query)
    {
        var (outcome, context) = await PostAsync(query);
        Assert.Equal(Reason.GraphqlTooLarge, outcome.Rejection);
        Assert.Contains("not for you", Answer(context), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "viewer", "}")]
    [InlineData("[", "1", "]")]
    [InlineData("{a:", "1", "}")]
    public async Task No_depth_is_too_much_for_the_parser(string open, string inside, string close)
    {
        const int Levels = 60_000;
        var nested = string.Concat(Enumerable.Repeat(open == "{" ? "{a" : open, Levels)) + inside + string.Concat(Enumerable.Repeat(close, Levels));
        var (outcome, _) = await PostAsync(open == "{" ? nested : $"{{viewer(a:{nested})}}");
        Assert.Equal(Reason.GraphqlTooLarge, outcome.Rejection);
    }

    [Fact]
    public async Task A_chain_of_fragments_has_an_end()
    {
        var chain = "{...F0}" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"fragment F{i} on Query{{...F{i + 1}}}")) + "fragment F5000 on Query{viewer}";
        Assert.Equal(Reason.GraphqlTooLarge, (await PostAsync(chain)).Outcome.Rejection);
    }

    [Theory]
    [InlineData("""{"query":"{ viewer }","operationName":null,"variables":null,"extensions":null}""", null)]
    [InlineData("""{"query":"query A { viewer } query B { viewer }","operationName":"B"}""", null)]
    [InlineData("""{"query":"query A { viewer }","operationName":""}""", null)]
    [InlineData("""{"query":"query A { viewer }","operationName":"B"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","operationName":1}""", "malformed_graphql")]
    [InlineData("""{"query":["{ viewer }"]}""", "malformed_graphql")]
    [InlineData("""{"query":""}""", "malformed_graphql")]
    [InlineData("""{"query":null}""", "malformed_graphql")]
    [InlineData("""{}""", "malformed_graphql")]
    [InlineData("""[]""", "malformed_graphql")]
    [InlineData("""[[{"query":"{ viewer }"}]]""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","query":"{ deleteAll }"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","Query":"{ deleteAll }"}""", "malformed_graphql")]
    [InlineData("""{"\u0071uery":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","variables":"{}"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","variables":{"a":1,"a":2}}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","id":"1234"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","documentId":"1234"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }"}{"query":"{ deleteAll }"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer \ud800 }"}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"HASH"}}}""", null)]
    [InlineData("""{"query":"{ viewer }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"LISTED"}}}""", "malformed_graphql")]
    [InlineData("""{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"LISTED"}},"variables":{"a":1}}""", null)]
    [InlineData("""{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"HASH"}}}""", "persisted_query_unknown")]
    [InlineData("""{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"../HASH"}}}""", "malformed_graphql")]
    [InlineData("""{"extensions":{"persistedQuery":{"version":1}}}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","extensions":{"persistedQuery":1}}""", "malformed_graphql")]
    [InlineData("""{"query":"{ viewer }","extensions":{"persistedquery":{}}}""", "malformed_graphql")]
    [InlineData("""[{"query":"{ viewer }"},{"query":"{ deleteAll }"}]""", "graphql_not_allowed")]
    [InlineData("""[{"query":"{ viewer }"},{"query":"{ viewer }","variables":{}}]""", null)]
    public async Task A_body_of_JSON_is_read_to_the_letter(string body, string? reason)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData("{ viewer }"u8));
        var (outcome, _) = await RunAsync("POST", Url, body.Replace("HASH", hash, StringComparison.Ordinal).Replace("LISTED", Listed, StringComparison.Ordinal));
        Assert.Equal(reason, outcome.Rejection?.Code);
    }

    [Fact]
    public async Task A_batch_is_answered_for_each_request()
    {
        var (_, context) = await RunAsync("POST", Url, """[{"query":"{ viewer }"},{"query":"{ deleteAll }"}]""");
        const string Error = """{"errors":[{"message":"not for you","extensions":{"code":"FORBIDDEN"}}]}""";
        Assert.Equal($"[{Error},{Error}]", Answer(context));
        Assert.Equal(["name: issues", "fields: query.viewer,query.deleteAll", "denied: query.deleteAll"], Annotations(context));
    }

    [Fact]
    public async Task Who_sends_the_hash_alone_is_told_to_send_the_query()
    {
        var (_, context) = await RunAsync("POST", Url, $$$$"""{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"{{{{new string('0', 64)}}}}"}}}""");
        Assert.Equal("""{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}""", Answer(context));
    }

    [Theory]
    [InlineData("POST", "application/graphql", "{ viewer }", null)]
    [InlineData("POST", "application/graphql; charset=utf-8", "{ deleteAll }", "graphql_not_allowed")]
    [InlineData("POST", "application/graphql", """{"query":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("POST", "application/json", "{ viewer }", "malformed_graphql")]
    [InlineData("POST", "application/json; charset=utf-16", """{"query":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("POST", "text/plain", """{"query":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("POST", null, """{"query":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("POST", "application/x-www-form-urlencoded", "query={viewer}", "malformed_graphql")]
    [InlineData("POST", "multipart/form-data; boundary=x", "--x\r\n\r\n--x--", "malformed_graphql")]
    [InlineData("POST", "application/json, application/graphql", """{"query":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("POST", "application/json", null, "malformed_graphql")]
    [InlineData("PUT", "application/json", """{"query":"{ viewer }"}""", "malformed_graphql")]
    [InlineData("OPTIONS", null, null, "malformed_graphql")]
    public async Task A_body_is_JSON_or_a_document(string method, string? contentType, string? body, string? reason)
    {
        var (outcome, _) = await RunAsync(method, Url, body, contentType);
        Assert.Equal(reason, outcome.Rejection?.Code);
    }

    [Theory]
    [InlineData("?query=%7Bviewer%7D", null)]
    [InlineData("?query=query+A($a:Int)%7Bviewer%7D&operationName=A&variables=%7B%22a%22:1%7D&key=7", null)]
    [InlineData("?query=%7BdeleteAll%7D", "graphql_not_allowed")]
    [InlineData("?query=mutation%7BcreateIssue(input:%7Brepo:%22docs%22%7D)%7Bid%7D%7D", "graphql_not_allowed")]
    [InlineData("?query=subscription%7BissueAdded%7Bid%7D%7D", "graphql_not_allowed")]
    [InlineData("?query=%7Bviewer%7D&query=%7BdeleteAll%7D", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D&Query=%7BdeleteAll%7D", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D&query[]=%7BdeleteAll%7D", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D;query=%7BdeleteAll%7D", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D&id=7", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D&%71uery=%7BdeleteAll%7D", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D&variables=%7B%22a%22:1,%22a%22:2%7D", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%7D&variables=x", "malformed_graphql")]
    [InlineData("?query=%7Bviewer%FF%7D", "malformed_graphql")]
    [InlineData("?query=", "malformed_graphql")]
    [InlineData("", "malformed_graphql")]
    [InlineData("?extensions=%7B%22persistedQuery%22:%7B%22sha256Hash%22:%22" + Listed + "%22%7D%7D", null)]
    public async Task A_GET_has_a_query_in_its_URL_and_no_effects(string query, string? reason)
    {
        var (outcome, _) = await RunAsync("GET", Url + query, null, null);
        Assert.Equal(reason, outcome.Rejection?.Code);
    }

    [Theory]
    [InlineData("?query=%7BdeleteAll%7D")]
    [InlineData("?operationName=A")]
    [InlineData("?a=1&VARIABLES=%7B%7D")]
    [InlineData("?a=1;query=%7BdeleteAll%7D")]
    [InlineData("?documentId=1")]
    public async Task A_POST_has_nothing_of_it_in_its_URL(string query)
    {
        var (outcome, _) = await RunAsync("POST", Url + query, """{"query":"{ viewer }"}""");
        Assert.Equal(Reason.MalformedGraphql, outcome.Rejection);
        Assert.True((await RunAsync("POST", Url + "?api-version=7", """{"query":"{ viewer }"}""")).Outcome.Continues);
    }

    [Fact]
    public async Task Any_field_is_none_of_introspection_unless_it_is_switched_on()
    {
        const string Open = "https://open.example.com/api";
        Assert.True((await RunAsync("POST", Open, """{"query":"{ anything(a: 1) { b } __schema { types { name } } }"}""", step: 1)).Outcome.Continues);
        Assert.Equal("query.__other", Denied((await RunAsync("POST", Open, """{"query":"{ __other }"}""", step: 1)).Context));
        Assert.Equal("mutation.__schema,mutation.anything", Denied((await RunAsync("POST", Open, """{"query":"mutation { __schema anything }"}""", step: 1)).Context));
    }

    [Fact]
    public async Task Other_requests_are_left_alone()
    {
        var (outcome, context) = await RunAsync("POST", "https://api.example.com/rest", "not json");
        Assert.True(outcome.Continues);
        Assert.Empty(context.Record.Steps[^1].Annotations);
        Assert.Equal(Reason.MalformedGraphql, (await RunAsync("POST", "https://api.example.com/GraphQL/", "not json")).Outcome.Rejection);
    }

    [Fact]
    public async Task Values_are_judged_as_they_are_sent_and_recorded_as_they_were_written()
    {
        var context = Request("POST", Url, """{"query":"{ pk_field }"}""", "application/json");
        await context.ReadBodyAsync();
        context.ReplaceBody("""{"query":"{ realField }"}"""u8.ToArray());

        Assert.Equal(Reason.GraphqlNotAllowed, (await RunAsync(context, 0)).Rejection);
        Assert.Equal(["name: issues", "fields: query.pk_field", "denied: query.pk_field"], Annotations(context));
    }

    [Fact]
    public async Task Random_documents_are_judged_or_refused_and_never_fail()
    {
        string[] pieces = ["{", "}", "(", ")", "[", "]", "...", ":", "$", "@", "!", "=", "|", "&", "\"", "\"\"\"", "\\", "#", "\n", "\r", " ", ",", "viewer", "query", "mutation", "fragment", "on", "F", "1", "-", ".5", "true", "\uFEFF"];
        var random = new Random(20261201);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            var (outcome, context) = await PostAsync(text);
            Assert.True(outcome.Rejection is null == context.Record.DenialBody is null || outcome.Rejection == Reason.MalformedGraphql, text);
        }
    }

    private static Task<(StepOutcome Outcome, RequestContext Context)> PostAsync(string query, string? variables = null) =>
        RunAsync("POST", Url, $$"""{"query":{{JsonSerializer.Serialize(query)}}{{(variables is null ? "" : $",\"variables\":{variables}")}}}""");

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(string method, string url, string? body, string? contentType = "application/json", int step = 0)
    {
        var context = Request(method, url, body, contentType);
        return (await RunAsync(context, step), context);
    }

    private static RequestContext Request(string method, string url, string? body, string? contentType) => Policies.Request(
        Policy, url, contentType is null ? [] : [("Content-Type", contentType)], new ScriptedBody(body is null ? null : Encoding.UTF8.GetBytes(body)), method);

    private static async Task<StepOutcome> RunAsync(RequestContext context, int index)
    {
        var step = new GraphqlStep(Policy.Plan.Steps.OfType<GraphqlStepPlan>().ElementAt(index));
        context.Step = context.Record.AddStep(step.Name);
        return await step.RunAsync(context);
    }

    private static string Answer(RequestContext context) => Encoding.UTF8.GetString(Assert.IsType<byte[]>(context.Record.DenialBody));

    private static string? Denied(RequestContext context) => context.Record.Steps[^1].Annotations.FirstOrDefault(a => a.Key == "denied").Value is string[] names ? string.Join(',', names) : null;

    private static string[] Annotations(RequestContext context) =>
        [.. context.Record.Steps[^1].Annotations.Select(a => $"{a.Key}: {(a.Value is string[] list ? string.Join(',', list) : a.Value)}")];
}
