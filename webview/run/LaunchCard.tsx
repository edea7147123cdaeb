import type { ReactNode } from 'react';
import { showUnseen } from '../../src/base/text.ts';
import { forecastFigures } from '../../src/projection/forecastWords.ts';
import { launchFacts, takesText } from '../../src/projection/launchWords.ts';
import type { Forecast } from '../../src/protocol/forecast.ts';
import type { LaunchOffer } from '../../src/protocol/launchOffer.ts';

/** What a workflow is, what will hold for it and what it is going to take, before a person starts it. Others' words: shown as text. */
export function LaunchCard({ offer }: { readonly offer: LaunchOffer }): ReactNode {
  const { workflowName, title, description, forecast } = offer;
  return (
    <div className="launch">
      <p className="launch-name">{`Start ${showUnseen(workflowName)}?`}</p>
      {title !== '' && <p>{showUnseen(title)}</p>}
      {description !== '' && description !== title && <p className="dim">{showUnseen(description)}</p>}
      {forecast ? <Takes forecast={forecast} /> : <p className="launch-takes">{takesText(offer)}</p>}
      <dl className="launch-facts">
        {launchFacts(offer).map(({ name, value }) => (
          <div key={`${name} ${value}`}>
            <dt>{name === '' ? 'Also' : name}</dt>
            <dd>{showUnseen(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Takes({ forecast }: { readonly forecast: Forecast }): ReactNode {
  return (
    <div className="launch-takes">
      <p className="dim">It is likely to take</p>
      <dl className="launch-figures">
        {forecastFigures(forecast).map(({ name, likely, range }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span>{likely}</span>
              {range !== null && (
                <>
                  {' '}
                  <span className="dim">{range}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {!forecast.bounded && <p>No upper bound was found. A budget limits it: “at most $5”.</p>}
    </div>
  );
}
