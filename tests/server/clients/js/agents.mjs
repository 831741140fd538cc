// The OpenAI Agents SDK for JavaScript over its WebSocket transport: `agents.mjs URL SCENE PCM`.

import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool as functionTool } from '@openai/agents-realtime';
import { z } from 'zod';

// Not public, but the only place where the SDK says that it did not understand an event; elsewhere it just passes it over.
import { parseRealtimeEvent } from './node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.mjs';
import { Seen, play, say, url } from './talk.mjs';

const called = [];

const setTimer = functionTool({
  name: 'set_timer', description: 'Set a timer.',
  parameters: z.object({ minutes: z.number() }),
  execute: async ({ minutes }) => {
    called.push(minutes);
    return 'The timer is set.';
  },
});

async function connected({ turnDetection, outputModalities } = {}) {
  const agent = new RealtimeAgent({ name: 'Parley', instructions: 'You are a helpful voice assistant.', tools: [setTimer] });
  const transport = new OpenAIRealtimeWebSocket({ useInsecureApiKey: true });
  const config = { outputModalities, audio: { input: { transcription: { model: 'whisper-1' }, turnDetection } } };
  const session = new RealtimeSession(agent, { transport, config });
  const seen = new Seen();
  const errors = [];
  const told = [];
  let audioBytes = 0;
  session.on('error', ({ error }) => errors.push(JSON.stringify(error.error ?? error.message ?? error)));
  session.on('transport_event', (event) => {
    const { isGeneric } = parseRealtimeEvent({ data: JSON.stringify(event) });
    if (isGeneric && !event.type.startsWith('connection')) errors.push(`not understood: ${JSON.stringify(event)}`);
    told.push(event);
    seen.push(event.type);
  });
  session.on('audio', ({ data }) => {
    audioBytes += data.byteLength;
    seen.push('audio');
  });
  session.on('audio_interrupted', () => seen.push('interrupted'));
  session.on('history_updated', () => seen.push('history'));
  session.on('agent_tool_end', () => seen.push('tool'));
  await session.connect({ apiKey: process.env.OPENAI_API_KEY, url });
  return {
    session, seen, told: (kind) => told.filter(({ type }) => type === kind),
    found: () => ({ errors, called, audio_bytes: audioBytes, seen: seen.events, history: session.history.map(shown) }),
  };
}

function shown(item) {
  const words = (item.content ?? []).map((part) => part.transcript ?? part.text ?? '').join(' ');
  return { of: item.role ?? item.name, status: item.status, words, output: item.output };
}

/** Whether so many items are there, all with their words. */
const written = (session, count) => () => {
  const history = session.history.map(shown);
  return history.length === count && history.every(({ status, words, output }) => status === 'completed' && (words || output));
};

const speak = (session) => say((frame) => session.sendAudio(new Uint8Array(frame).buffer));

async function voice() {
  const { session, seen, found } = await connected();
  const complete = seen.until(written(session, 2));
  await speak(session);
  await complete;
  return found();
}

async function manual() {
  const { session, seen, found } = await connected({ turnDetection: null });
  await speak(session);
  session.sendAudio(new ArrayBuffer(2), { commit: true });
  session.transport.requestResponse();
  await seen.until(written(session, 2));
  return found();
}

async function text() {
  const { session, seen, found } = await connected({ outputModalities: ['text'] });
  session.sendMessage('What is 12 times 12?');
  await seen.until(written(session, 2));
  return found();
}

async function tool() {
  const { session, seen, found } = await connected();
  session.sendMessage('Set a timer for five minutes.');
  await seen.until(written(session, 3));
  return found();
}

async function cancel() {
  const { session, seen, found, told } = await connected();
  session.sendMessage('What can you do?');
  await seen.until((event) => event === 'audio');
  session.interrupt();
  await seen.until((event) => event === 'response.done');
  session.sendMessage('What is 12 times 12?');
  await seen.until(() => told('response.done').length === 2);
  return { ...found(), ended: told('response.done').map(({ response }) => response.status) };
}

async function interruption() {
  const { session, seen, found, told } = await connected();
  session.sendMessage('What can you do?');
  await seen.until((event) => event === 'audio');
  const interrupted = seen.until((event) => event === 'interrupted');
  const complete = interrupted.then(() => seen.until(() => session.history.length === 4 && shown(session.history[3]).status === 'completed'));
  await speak(session);
  await complete;
  const [{ item_id: cut, audio_end_ms }] = told('conversation.item.truncated');
  session.transport.sendEvent({ type: 'conversation.item.retrieve', item_id: cut });
  await seen.until(() => told('conversation.item.retrieved').some(({ item }) => item.id === cut));
  const { item } = told('conversation.item.retrieved').find((event) => event.item.id === cut);
  return { ...found(), audio_end_ms, kept: item.content[0].transcript };
}

async function replay() {
  const first = await connected({ outputModalities: ['text'] });
  first.session.sendMessage('What is 12 times 12?');
  await first.seen.until(written(first.session, 2));
  const before = first.session.history;
  first.session.close();
  const { session, seen, found } = await connected({ outputModalities: ['text'] });
  session.updateHistory(before);
  session.sendMessage('Say that again.');
  await seen.until(written(session, 4));
  return found();
}

await play({ voice, manual, text, tool, cancel, interruption, replay });
