using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using GraphQLParser.AST;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Makes JSON of arguments, with the values of variables in it. Values of enums are texts.</summary>
internal static class GraphqlArguments
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000, AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions Written = new() { MaxDepth = 1000 };

    /// <summary>Makes it.</summary>
    /// <param name="arguments">The arguments of a field.</param>
    /// <param name="defaults">The variables of the operation, and the values that they have without others.</param>
    /// <param name="variables">The values of variables: an object, or nothing.</param>
    /// <param name="budget">How much may be made: a short document can name a long value many times.</param>
    /// <returns>Nothing when an object in it has a member twice, or when it is too large.</returns>
    public static JsonElement ToJson(GraphQLArguments? arguments, IReadOnlyDictionary<string, GraphQLValue?> defaults, JsonElement variables, GraphqlBudget budget)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Written))
        {
            json.WriteStartObject();
            foreach (var argument in arguments ?? Enumerable.Empty<GraphQLArgument>())
            {
                WriteMember(json, argument.Name.StringValue, argument.Value);
            }

            json.WriteEndObject();
        }

        if (budget.IsExceeded)
        {
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(output.WrittenMemory, Deep);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }

        void WriteMember(Utf8JsonWriter json, string name, GraphQLValue value)
        {
            if (value is GraphQLVariable variable && !IsGiven(variable.Name.StringValue))
            {
                return; // As if it were not written.
            }

            json.WritePropertyName(budget.TryWrite(name.Length) ? name : "");
            Write(json, value);
        }

        void Write(Utf8JsonWriter json, GraphQLValue value)
        {
            switch (value)
            {
                case var _ when !budget.TryWrite(LengthOf(value)):
                    json.WriteNullValue(); // It is not used.
                    break;
                case GraphQLVariable variable:
                    WriteVariable(json, variable.Name.StringValue);
                    break;
                case GraphQLIntValue number:
                    json.WriteRawValue(number.Value.Span);
                    break;
                case GraphQLFloatValue number:
                    json.WriteRawValue(number.Value.Span);
                    break;
                case GraphQLStringValue text:
                    json.WriteStringValue(text.Value.Span);
                    break;
                case GraphQLBooleanValue truth:
                    json.WriteBooleanValue(truth.BoolValue);
                    break;
                case GraphQLEnumValue name:
                    json.WriteStringValue(name.Name.Value.Span);
                    break;
                case GraphQLListValue list:
                    json.WriteStartArray();
                    list.Values?.ForEach(item => Write(json, item));
                    json.WriteEndArray();
                    break;
                case GraphQLObjectValue fields:
                    json.WriteStartObject();
                    fields.Fields?.ForEach(field => WriteMember(json, field.Name.StringValue, field.Value));
                    json.WriteEndObject();
                    break;
                default:
                    json.WriteNullValue();
                    break;
            }
        }

        bool IsGiven(string name) => ValueOf(name).ValueKind != JsonValueKind.Undefined || defaults.GetValueOrDefault(name) is not null;

        void WriteVariable(Utf8JsonWriter json, string name)
        {
            if (ValueOf(name) is { ValueKind: not JsonValueKind.Undefined } value)
            {
                if (budget.TryWrite(JsonMarshal.GetRawUtf8Value(value).Length))
                {
                    value.WriteTo(json);
                }
                else
                {
                    json.WriteNullValue();
                }
            }
            else if (defaults.GetValueOrDefault(name) is { } fallback and not GraphQLVariable)
            {
                Write(json, fallback);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        static int LengthOf(GraphQLValue value) => 1 + value switch
        {
            GraphQLStringValue text => text.Value.Length,
            GraphQLIntValue number => number.Value.Length,
            GraphQLFloatValue number => number.Value.Length,
            GraphQLEnumValue word => word.Name.Value.Length,
            _ => 0,
        };

        // A value for a variable that the operation does not have is not used.
        JsonElement ValueOf(string name) => variables.ValueKind == JsonValueKind.Object && defaults.ContainsKey(name) && variables.TryGetProperty(name, out var value) ? value : default;
    }
}
