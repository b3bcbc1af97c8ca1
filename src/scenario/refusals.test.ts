import { expect, test } from 'vitest'
import { refusedBy } from './refusals.ts'

const sent = {
  stream_options: { include_usage: true },
  seed: 0,
  temperature: 0,
  max_tokens: 64,
  response_format: { type: 'json_schema' },
}

const openai = (message: string, more: object = {}): string =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, ...more } })

test.for([
  [
    'OpenAI, a limit of reasoning models',
    400,
    openai(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { param: 'max_tokens', code: 'unsupported_parameter' },
    ),
    ['max_tokens'],
  ],
  [
    'OpenAI, a temperature that is not the default',
    400,
    openai(
      "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
      { param: 'temperature', code: 'unsupported_value' },
    ),
    ['temperature'],
  ],
  [
    'OpenAI, older',
    400,
    openai('Unrecognized request arguments supplied: seed, stream_options'),
    ['stream_options', 'seed'],
  ],
  [
    'OpenAI, newer',
    400,
    openai("Unknown parameter: 'stream_options'.", { param: 'stream_options' }),
    ['stream_options'],
  ],
  [
    'OpenAI, a form of replies',
    400,
    openai(
      "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      { param: 'response_format' },
    ),
    ['response_format'],
  ],
  [
    'vLLM',
    400,
    `{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'include_usage': True}}]","type":"BadRequestError","param":null,"code":400}`,
    ['stream_options'],
  ],
  [
    'FastAPI, which repeats the request',
    422,
    '{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":{"temperature":0,"max_tokens":64}}]}',
    ['seed'],
  ],
  [
    'FastAPI, a value that does not suit',
    422,
    '{"detail":[{"type":"greater_than","loc":["body","temperature"],"msg":"Input should be greater than 0","input":0,"ctx":{"gt":0.0}}]}',
    ['temperature'],
  ],
  [
    'SGLang',
    400,
    `{"object":"error","message":"1 validation error for ChatCompletionRequest\\nstream_options\\n  Extra inputs are not permitted [type=extra_forbidden]","code":400}`,
    ['stream_options'],
  ],
  [
    'TGI, a temperature of 0',
    422,
    '{"error":"Input validation error: `temperature` must be strictly positive","error_type":"validation"}',
    ['temperature'],
  ],
  [
    'TGI, a body that it cannot read',
    422,
    'Failed to deserialize the JSON body into the target type: stream_options: unknown field `include_usage`, expected one of `temperature`, `seed` at line 1 column 90',
    ['stream_options'],
  ],
  [
    'mistral.rs',
    422,
    'Failed to deserialize the JSON body into the target type: unknown field `seed`, expected one of `messages`, `model`, `temperature`, `max_tokens` at line 1 column 120',
    ['seed'],
  ],
  [
    'llama.cpp, a parameter',
    400,
    '{"error":{"code":400,"message":"Unsupported param: stream_options","type":"invalid_request_error"}}',
    ['stream_options'],
  ],
  [
    'llama.cpp, a form of replies',
    400,
    `{"error":{"code":400,"message":"response_format type must be one of \\"text\\" or \\"json_object\\", but got: json_schema","type":"invalid_request_error"}}`,
    ['response_format'],
  ],
  [
    'LiteLLM, several at once',
    400,
    `{"error":{"message":"litellm.UnsupportedParamsError: bedrock does not support parameters: ['seed', 'response_format'], for model=claude. To drop these, set \`litellm.drop_params=True\`","type":"None","param":"None","code":"400"}}`,
    ['seed', 'response_format'],
  ],
  [
    'LocalAI, which fails at another type',
    500,
    '{"error":{"code":500,"message":"json: cannot unmarshal object into Go struct field OpenAIRequest.response_format of type string","type":""}}',
    ['response_format'],
  ],
  [
    'a server of Go',
    400,
    String.raw`{"error":{"message":"json: unknown field \"stream_options\""}}`,
    ['stream_options'],
  ],
  [
    'Groq',
    400,
    `{"error":{"message":"property 'stream_options' is unsupported, did you mean 'seed'?","type":"invalid_request_error"}}`,
    ['stream_options'],
  ],
  [
    'Mistral',
    422,
    '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":0}]},"param":null}',
    ['seed'],
  ],
  [
    'Gemini',
    400,
    String.raw`{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"seed\": Cannot find field.","status":"INVALID_ARGUMENT"}}`,
    ['seed'],
  ],
] as const)('%s', ([, status, answer, expected]) => {
  expect(refusedBy(status, answer, sent)).toEqual(expected)
})

test.for([
  [
    'more tokens than fit',
    400,
    openai(
      "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 2048 tokens",
      { param: 'max_tokens' },
    ),
  ],
  [
    'a limit below the least',
    400,
    `{"object":"error","message":"0 is less than the minimum of 1 - 'max_tokens'","code":40302}`,
  ],
  [
    'a schema that is none',
    400,
    openai("Invalid schema for response_format 'reply': schema must be a JSON Schema", {
      param: 'response_format',
      code: 'invalid_json_schema',
    }),
  ],
  ['a message', 400, openai("Unsupported value: 'messages[0].role' does not support 'tool'")],
  ['a model', 400, openai("Unknown model 'seed-7b'")],
  ['tools', 400, '{"error":{"code":400,"message":"Unsupported param: tools"}}'],
  ['the key', 401, openai("Unsupported parameter: 'seed'")],
  ['nothing that it says', 500, 'Internal Server Error: seed'],
] as const)('a refusal of %s refuses no parameter', ([, status, answer]) => {
  expect(refusedBy(status, answer, sent)).toEqual([])
})

test('a value of the scenario is its own: it is no refusal that it does not suit', () => {
  const answer = '{"error":"Input validation error: `temperature` must be strictly positive"}'
  expect(refusedBy(422, answer, { temperature: -1 })).toEqual([])
  expect(refusedBy(400, openai("'temperature' is not supported"), { temperature: 0.7 })).toEqual([
    'temperature',
  ])
})
