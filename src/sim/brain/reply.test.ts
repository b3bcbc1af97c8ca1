import { expect, test } from 'vitest'
import { reply } from './reply.ts'
import type { Turn } from './turn.ts'

const user = (text: string): Turn => ({ role: 'user', text, pictures: [] })
const system = (text: string): Turn => ({ role: 'system', text, pictures: [] })
const assistant = (text: string): Turn => ({ role: 'assistant', text, pictures: [] })
const ask = (text: string) => reply([user(text)], 0)

test.for([
  ['What is 17 + 25?', '17 + 25 = 42.'],
  ['17 plus 25', '17 + 25 = 42.'],
  ['What is seventeen plus twenty-five?', '17 + 25 = 42.'],
  ['What is 6 × 7? Answer with one word.', '42'],
  ['What is 9 times 8? Reply with just the number.', '72'],
  ['Calculate 100 divided by 8', '100 / 8 = 12.5.'],
  ['What is 2 * (3 + 4) - 1?', '2 × (3 + 4) - 1 = 13.'],
  ['What is -3 minus -5?', '-3 - -5 = 2.'],
  ['Ile to jest 12 razy 3?', '12 × 3 = 36.'],
  ['What is 0.1 + 0.2?', '0.1 + 0.2 = 0.3.'],
  ['What is 1,000 + 1?', '1000 + 1 = 1001.'],
  ['What is 1 / 0?', 'Division by zero is undefined.'],
  ['What happened on 2026-02-16?', 'I do not know.'],
  ['Repeat after me: The heron stands still.', 'The heron stands still.'],
  ['Say exactly: "blue moon"', 'blue moon'],
  ['Reply with exactly: alpha beta', 'alpha beta'],
  ['Reply with the word "heron".', 'heron'],
  ['Please reply with OK.', 'OK'],
  ['ping', 'pong'],
  ['Count from 1 to 5.', '1, 2, 3, 4, 5'],
  ['Count from ten down to 7', '10, 9, 8, 7'],
  ['Count to three', '1, 2, 3'],
  ['List three colours.', 'red, green, blue'],
  ['Name 2 primary colors', 'red, green'],
  ['Name two fruits', 'apple, banana'],
  ['Summarise: The sea is wide. It is also deep.', 'The sea is wide.'],
  ['Summarize the following text:\nOne thing. Another thing.', 'One thing.'],
  ['Translate "good morning" into Polish.', 'Dzień dobry'],
  ['How do you say thank you in French?', 'Merci'],
  ['What is the capital of France?', 'The capital of France is Paris.'],
  ['What is the capital of France? One word, please.', 'Paris'],
  ["What is Poland's capital?", 'The capital of Poland is Warsaw.'],
  ['What is the capital of the Netherlands?', 'The capital of the Netherlands is Amsterdam.'],
  ['Is Paris the capital of France?', 'Yes, the capital of France is Paris.'],
  ['Is Rome the capital of France? Answer yes or no.', 'No'],
  ['What is the capital of Atlantis?', 'I do not know.'],
  ['Jaka jest stolica Polski?', 'Stolica Polski to Warszawa.'],
  ['Quelle est la capitale de la France ?', 'La capitale de la France est Paris.'],
  ['法国的首都是哪里？', '法国的首都是巴黎。'],
  ['What colour is the sky?', 'The sky is blue.'],
  ['What colour is grass?', 'The grass is green.'],
  ['What is 2 + 2? Give the number only.', '4'],
  ['What color are bananas? Answer in one word.', 'yellow'],
  ['How many days are in a week?', 'There are 7 days in a week.'],
  ['How many legs does a spider have?', 'A spider has 8 legs.'],
  [
    'How many letters are in the English alphabet?',
    'There are 26 letters in the English alphabet.',
  ],
  ['What is the largest planet?', 'The largest planet is Jupiter.'],
  ['Hello', 'Hello! How can I help you?'],
  ['Hi there!', 'Hello! How can I help you?'],
  ['Cześć!', 'Cześć! W czym mogę pomóc?'],
  ['Dzień dobry', 'Cześć! W czym mogę pomóc?'],
  ['Bonjour', 'Bonjour ! Comment puis-je vous aider ?'],
  ['Guten Tag', 'Hallo! Wie kann ich Ihnen helfen?'],
  ['¡Hola!', '¡Hola! ¿En qué puedo ayudarle?'],
  ['你好', '你好！有什么可以帮您？'],
  ['Say hello in French.', 'Bonjour ! Comment puis-je vous aider ?'],
  ['Greet me in Polish', 'Cześć! W czym mogę pomóc?'],
  ['Cześć, jak się masz?', 'Cześć! W czym mogę pomóc? Dobrze, dziękuję!'],
  ['How are you?', 'I am fine, thank you!'],
  ['Who are you?', 'I am the jarvis simulator, not a language model.'],
  ['Thank you!', 'You are welcome.'],
  ['Dziękuję bardzo!', 'Nie ma za co.'],
  ['Merci', 'Je vous en prie.'],
  ['谢谢', '不客气。'],
  ['Do widzenia', 'Do widzenia!'],
  ['Bonne nuit', 'Bonne nuit !'],
  ['Jakiego koloru jest niebo?', 'Niebo jest niebieskie.'],
  ['Quelle est la couleur du ciel ?', 'Le ciel est bleu.'],
  ['天空是什么颜色？', '天空是蓝色的。'],
  ['Ile dni ma tydzień?', 'Tydzień ma 7 dni.'],
  ['Combien de jours dans une semaine ?', 'Il y a 7 jours dans une semaine.'],
  ['一周有几天？', '一周有7天。'],
  ['Why is there something rather than nothing?', 'I do not know.'],
  ['Dlaczego trawa szumi?', 'Nie wiem.'],
  ['Pourquoi la mer est-elle salée ?', 'Je ne sais pas.'],
  ['为什么？', '我不知道。'],
  ['What is my name?', 'You have not told me your name.'],
  ['', 'I do not know.'],
] as const)('"%s" is answered "%s"', ([question, answer]) => {
  expect(ask(question)).toBe(answer)
})

test.for([
  ['My name is Ada.', 'What is my name?', 'Your name is Ada.'],
  [
    'Hi, my name is Ada Lovelace and I like trains.',
    "What's my name?",
    'Your name is Ada Lovelace.',
  ],
  ['Mam na imię Ada.', 'Jak mam na imię?', 'Your name is Ada.'],
  ['Je m’appelle Ada.', "Comment je m'appelle ?", 'Your name is Ada.'],
  [
    'My favorite color is green.',
    'What is my favourite colour?',
    'Your favourite colour is green.',
  ],
  ['Remember the code word: heron.', 'What was the code word?', 'The code word is heron.'],
  [
    'The code word is heron. Just say OK.',
    'What is the code word I gave?',
    'The code word is heron.',
  ],
  ['The secret number is 4711.', 'Tell me the secret number. Answer in one word.', '4711'],
  ['Remember this number 42', 'What is the number?', 'The number is 42.'],
  ['Remember that the meeting is at noon.', 'What is the meeting?', 'The meeting is at noon.'],
] as const)('after "%s" the question "%s" is answered "%s"', ([said, question, answer]) => {
  expect(reply([user(said), assistant('OK'), user(question)], 0)).toBe(answer)
})

test('what is told is acknowledged, and the last statement counts', () => {
  expect(ask('My name is Ada')).toBe('Nice to meet you, Ada.')
  expect(ask('Remember the code word: heron')).toBe('I will remember that the code word is heron.')
  const turns = [user('My name is Ada.'), user('My name is Bo.'), user('What is my name?')]
  expect(reply(turns, 0)).toBe('Your name is Bo.')
})

test('a system prompt decides the language and the length', () => {
  expect(reply([system('Always answer in Polish.'), user('Hello')], 0)).toMatch(/^Cześć!/)
  expect(reply([system('Odpowiadaj po polsku.'), user('How are you?')], 0)).toBe(
    'Dobrze, dziękuję!',
  )
  expect(reply([system('用中文回答'), user('Why?')], 0)).toBe('我不知道。')
  expect(reply([system('Answer with one word.'), user('What is 2 + 2?')], 0)).toBe('4')
})

test.for([1, 7, 50, 200, 5000])('a text of %i words has exactly that many', (count) => {
  const text = ask(`Write ${count} words about the old harbour.`)
  expect(text.split(/\s+/)).toHaveLength(count)
  expect(text).toMatch(/^This.*\.$/)
  expect(text).toBe(ask(`Write ${count} words about the old harbour.`))
})

test('the seed picks other words of the same number', () => {
  const turns = [user('Tell me a story of 80 words')]
  expect(reply(turns, 1)).not.toBe(reply(turns, 2))
  expect(reply(turns, 1).split(' ')).toHaveLength(80)
})

test('pictures are told by colour and size', () => {
  const picture = { width: 64, height: 48, colour: 'red', shapes: [], words: [] }
  const look = (text: string) => reply([{ role: 'user', text, pictures: [picture] }], 0)
  expect(look('What colour is this image?')).toBe('The image is red.')
  expect(look('What color is it? One word.')).toBe('red')
  expect(look('How large is this image?')).toBe('The image is 64 by 48 pixels.')
  expect(look('Describe it')).toBe('The image is 64 by 48 pixels and mostly red.')
})

test('a code word in the middle of a long text is found quickly', () => {
  const filler = 'The river runs to the sea and the hill stands still. '.repeat(20_000)
  const start = performance.now()
  const text = `${filler}The code word is heron. ${filler}\nWhat is the code word?`
  expect(ask(text)).toBe('The code word is heron.')
  expect(performance.now() - start).toBeLessThan(2000)
})
