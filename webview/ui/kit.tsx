import './nonce.ts';
import { provideVSCodeDesignSystem, vsCodeButton } from '@vscode/webview-ui-toolkit';
import { createElement, type ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

// The only file that knows the toolkit, so that another set of widgets is a change of this file.

provideVSCodeDesignSystem().register(vsCodeButton());

interface ButtonProps {
  readonly onPress: () => void;
  readonly children: string;
  readonly icon?: IconName;
  /** The one thing most people come for; all others are secondary. */
  readonly primary?: boolean;
}

export function Button({ onPress, children, icon, primary = false }: ButtonProps): ReactNode {
  return createElement(
    'vscode-button',
    { appearance: primary ? 'primary' : 'secondary', onClick: onPress },
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
