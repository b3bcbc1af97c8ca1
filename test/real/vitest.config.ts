import { defineConfig } from 'vitest/config'
import { readStack, stackEnvironment } from '../../scripts/real/stack.ts'
import { tags } from '../tags.ts'

const stack = readStack()
const { PATH = '', OLLAMA_MODELS = '' } = stackEnvironment(stack)

/** Whole runs on real programs: `npm run real:install` gets them, docs/real-stack.md says what they are. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: [
      'test/real/**/*.test.ts',
      // What runs on a stand-in elsewhere runs on the real program as well where there is one.
      'src/services/engines/{ollama,llamacpp,vllm}.test.ts',
      'test/speech.long.test.ts',
    ],
    // Each takes all cores, and an Ollama ends every other.
    fileParallelism: false,
    tags,
    testTimeout: 7_200_000,
    hookTimeout: 300_000,
    env: {
      JARVIS_REAL: stack.root,
      PATH,
      ...(OLLAMA_MODELS !== '' && { OLLAMA_MODELS }),
      ...pathOf('ollama', 'models', 'JARVIS_TEST_OLLAMA_MODEL', 'smollm2-135m:latest'),
      ...pathOf('smollm2-135m', 'model', 'JARVIS_TEST_LLAMA_MODEL'),
      ...pathOf('vllm', 'model', 'JARVIS_TEST_VLLM_MODEL'),
    },
  },
})

/** A variable with the path of a part, or with a value where that part is there. */
function pathOf(part: string, path: string, variable: string, value?: string) {
  const found = stack.parts[part]?.paths[path]
  return found === undefined ? {} : { [variable]: value ?? found }
}
