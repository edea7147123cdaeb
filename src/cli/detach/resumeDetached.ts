import type { ServedTerms } from '../../protocol/serve.ts';
import type { ResumeRequest } from '../../workflow/runtime.ts';
import { agreeToResume, type ResumeTerms } from '../agreeToResume.ts';
import { EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { askServing } from './askServing.ts';
import { tellStarted } from './tellStarted.ts';

interface DetachedResume {
  readonly request: Pick<ResumeRequest, 'runId' | 'scriptPath' | 'caps' | 'requireReview'>;
  readonly terms: ServedTerms;
  readonly agree: ResumeTerms;
  readonly json: boolean | undefined;
}

/** `dwf resume --detach`: the serving process goes on with it; this one says what that rests on, and is done. */
export async function resumeDetached(io: Io, { request, terms, agree, json }: DetachedResume): Promise<number> {
  const preview = await askServing(io, { type: 'serve.preview', runId: request.runId });
  const agreed = await agreeToResume(io, { ...preview, kind: 'ready' }, agree);
  if (agreed === null) {
    io.stderr.write('Nothing was started.\n');
    return EXIT.refused;
  }
  const started = await askServing(io, { type: 'serve.resume', resume: { ...request, ...agreed }, terms });
  return tellStarted(io, started, { json });
}
