import { own } from '../../host/own.ts'
import { randomUUID } from 'node:crypto'
import { endProcesses } from '../processes/end-processes.ts'
import { type Engine, processKey } from '../engine.ts'
import { removeFolders } from '../invoke/invocation-folder.ts'
import { SERVICE_TAG, serviceTag } from '../processes/process-tag.ts'
import { cannotStart, findPlanService, modelName } from './plan-service.ts'

/** Seconds between SIGTERM and SIGKILL for what a request left running, where the plan does not say. */
const GRACE_S = 2

/** Commands of programs that jarvis was tried with or whose documentation has them. */
const COMMANDS: Record<string, string> = {
  'espeak-ng': 'espeak-ng -w {output} -f {input}',
  piper: 'piper --model VOICE.onnx --output_file {output}',
  'whisper-cli': 'whisper-cli --model MODEL.bin --no-timestamps --no-prints --file {input}',
}
const ANY_COMMAND = 'PROGRAM {input} {output}'

/** A program of the user's own that runs once for each request. */
export const cli: Engine = {
  async find(model, context) {
    const example = [`command: ${own(COMMANDS, model.name) ?? ANY_COMMAND}`]
    const { service, file, args, cwd } = findPlanService(model, context, example)
    if (service.command.some((word) => word.includes('{port}'))) {
      const reason = 'its command starts a server ({port})'
      throw cannotStart(model, `${reason}: name it native://${model.name}`)
    }
    const fill = (text: string): string => text.replaceAll('{model}', () => modelName(service))
    const added = Object.entries(service.env).map(([name, value]) => [name, fill(value)])
    const id = randomUUID()
    const grace = service.grace ?? GRACE_S
    return {
      key: processKey(model),
      model: modelName(service),
      apis: ['cli'],
      port: null,
      grace,
      timeout: null,
      command: null,
      invocation: {
        file,
        args: args.map(fill),
        env: { ...Object.fromEntries(added), [SERVICE_TAG]: id },
        cwd,
      },
      lacks: () => 'nothing: its program runs for each request',
      isReady: async () => true,
      // A request ends what it started by itself; not so when its worker was killed.
      afterStop: async () => {
        await endProcesses({ tags: [serviceTag(id)], grace })
        await removeFolders(id)
      },
    }
  },
}
