import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientFlags } from './model-flags.ts'
import { parseModelUri } from './model-uri.ts'

test.for([
  ['ollama://hf.co/x/y:Q4', 'ollama', 'hf.co/x/y:Q4', {}],
  [
    'vllm://Qwen/Qwen2-VL#ctx=16384#stream',
    'vllm',
    'Qwen/Qwen2-VL',
    { ctx: '16384', stream: true },
  ],
  ['openai://gpt@https://h:8000/v1#stream', 'openai', 'gpt@https://h:8000/v1', { stream: true }],
  ['openai://@cf/meta/x@http://[::1]:8000', 'openai', '@cf/meta/x@http://[::1]:8000', {}],
  ['sim://small#load=0.3#fault=hang:2', 'sim', 'small', { load: '0.3', fault: 'hang:2' }],
  ['cli://whisper#args=a=b', 'cli', 'whisper', { args: 'a=b' }],
] as const)('%s is taken apart', ([text, engine, name, flags]) => {
  expect(parseModelUri(text)).toEqual({ text, engine, name, flags })
})

test.for([
  ['OL_qwen2.5:0.5b#stream', 'ollama://qwen2.5:0.5b#stream'],
  ['VL_Qwen/Qwen2-VL', 'vllm://Qwen/Qwen2-VL'],
  ['faster-whisper-base', 'native://faster-whisper-base'],
] as const)('%s of older plans means %s', ([older, text]) => {
  expect(parseModelUri(older)).toEqual(parseModelUri(text))
})

test.for([
  ['olama://x', 'unknown engine "olama"', 'did you mean "ollama"?'],
  ['ollama:x', '"ollama" is followed by "://"', 'did you mean "ollama://x"?'],
  ['ollama://', 'the name of the model is missing'],
  ['', 'the name of the model is missing'],
  ['sim://a b', 'a name holds no blanks'],
  ['sim://a #stream', 'a name holds no blanks'],
  ['sim://a#', 'a flag without a name'],
  ['cli://a#Max-Tokens=3', '"Max-Tokens" is not a flag\'s name', 'did you mean "#max_tokens"?'],
  ['sim://a#LoadEager', '"LoadEager" is not a flag\'s name', 'did you mean "#load_eager"?'],
  ['sim://a#load=', 'the value of #load is empty'],
  ['sim://a#x#x=1', 'the flag #x is given twice'],
  ['openai://gpt', 'the URL of the server is missing', 'MODEL@URL'],
  ['openai://@http://h', 'the name of the model is missing'],
  ['openai://gpt@h:8000', '"h:8000" is not a URL', 'did you mean "openai://gpt@http://h:8000"?'],
  ['openai://gpt@http://me:pass@h', 'a URL with a user name or a password', 'OPENAI_API_KEY'],
  ['openai://gpt@http://h/v1?x=1', 'the URL has a query'],
  ['openai://gpt@http://h#key', '#key= names an environment variable'],
  ['openai://gpt@http://h#key=sk-1234', '#key= names an environment variable'],
])('%s is refused with a reason', ([text = '', ...sentences]) => {
  for (const sentence of sentences) expect(() => parseModelUri(text)).toThrow(sentence)
})

test('what was taken apart once reads the same again', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][\w./:@-]*$/)
  const flag = fc
    .stringMatching(/^[a-z_]+(=[^\s#]+)?$/)
    .filter((text) => !Object.hasOwn(clientFlags, key(text)))
  const property = fc.property(name, fc.uniqueArray(flag, { selector: key }), (model, flags) => {
    const uri = parseModelUri(['native://' + model, ...flags].join('#'))
    expect(parseModelUri(uri.text)).toEqual(uri)
    expect(Object.keys(uri.flags)).toEqual(flags.map(key))
  })
  fc.assert(property)
})

function key(flag: string): string {
  return flag.replace(/=.*/s, '')
}
