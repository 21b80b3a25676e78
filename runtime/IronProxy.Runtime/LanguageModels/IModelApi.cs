using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Runtime.LanguageModels;

/// <summary>How a provider's API is spoken.</summary>
internal interface IModelApi
{
    /// <summary>The path that is asked, behind where the API begins.</summary>
    string Path { get; }

    /// <summary>Adds what shows who asks.</summary>
    void Authenticate(HttpRequestMessage request, SecretValue key);

    /// <summary>Writes a question: one JSON object.</summary>
    void Write(Utf8JsonWriter json, JudgeProviderPlan provider, ModelQuestion question);

    /// <summary>Reads the JSON that is answered.</summary>
    /// <exception cref="InvalidOperationException">It is not that of the API.</exception>
    /// <exception cref="KeyNotFoundException">It lacks something that the API has.</exception>
    ModelAnswer Read(JsonElement answer);
}
