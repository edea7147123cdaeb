import './nonce.ts';
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { createElement, type InputEvent, type KeyboardEvent, type ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

// The only file that knows the toolkit, so that another set of widgets is a change of this file.

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField());

interface ButtonProps {
  readonly onPress: () => void;
  readonly children: string;
  readonly icon?: IconName;
  /** Shown on hovering: what follows from it. */
  readonly hint?: string | undefined;
  /** The one thing most people come for; all others are secondary. */
  readonly primary?: boolean;
}

export function Button({ onPress, children, icon, hint, primary = false }: ButtonProps): ReactNode {
  return createElement(
    'vscode-button',
    { appearance: primary ? 'primary' : 'secondary', title: hint, onClick: onPress },
    icon && <Icon name={icon} slot="start" />,
    children,
  );
}

interface IconButtonProps {
  readonly onPress: () => void;
  readonly icon: IconName;
  /** What it does, for screen readers and as the hint on hovering. */
  readonly label: string;
}

export function IconButton({ onPress, icon, label }: IconButtonProps): ReactNode {
  return createElement(
    'vscode-button',
    { appearance: 'icon', 'aria-label': label, title: label, onClick: onPress },
    <Icon name={icon} />,
  );
}

interface TextFieldProps {
  /** What belongs into it, above it. */
  readonly label: string;
  readonly value: string;
  readonly maxLength?: number;
  readonly onChange: (value: string) => void;
  readonly onEnter: () => void;
}

export function TextField({ label, value, maxLength, onChange, onEnter }: TextFieldProps): ReactNode {
  const props = {
    value,
    maxlength: maxLength,
    onInput: (event: InputEvent<HTMLInputElement>) => onChange(event.currentTarget.value),
    // Enter also ends the choice of an input method's word, which is no answer yet.
    onKeyDown: ({ key, nativeEvent }: KeyboardEvent) => {
      if (key === 'Enter' && !nativeEvent.isComposing) onEnter();
    },
  };
  // The toolkit takes the field's name from its content alone.
  return createElement('vscode-text-field', props, label);
}
