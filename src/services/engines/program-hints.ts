import { own } from '../../host/own.ts'
/** How well-known programs are installed. */
const HINTS: Record<string, string> = {
  docker: 'see https://docs.docker.com/engine/install/',
  'espeak-ng': '`apt-get install espeak-ng` or `brew install espeak-ng`',
  flite: '`apt-get install flite`',
  ffmpeg: '`apt-get install ffmpeg` or `brew install ffmpeg`',
  'llama-cli': '`brew install llama.cpp`, or a release of https://github.com/ggml-org/llama.cpp',
  piper: '`pip install piper-tts`',
  pocketsphinx:
    '`apt-get install pocketsphinx` where it is version 5; older ones call it pocketsphinx_continuous',
  pocketsphinx_continuous:
    '`apt-get install pocketsphinx pocketsphinx-en-us`; version 5 and later call it pocketsphinx',
  speaches: '`uv tool install .` in a clone of https://github.com/speaches-ai/speaches',
  uv: 'see https://docs.astral.sh/uv/',
  'whisper-cli': '`brew install whisper-cpp`, or build https://github.com/ggml-org/whisper.cpp',
  'whisper-server': '`brew install whisper-cpp`, or build https://github.com/ggml-org/whisper.cpp',
}

/** What to do about a program that is not there. */
export function programHint(program: string): string {
  const known = own(HINTS, program.replace(/\.exe$/i, ''))
  if (known !== undefined) return `install it (${known})`
  return 'install it, or give the path of it in the command of the service'
}
