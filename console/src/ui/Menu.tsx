import type { ReactNode } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from "react-aria-components";

import { Button } from "./Button";

/** Something that a menu offers. */
export interface Choice {
  id: string;
  label: string;
  icon: ReactNode;
  isDisabled?: boolean;
  /** Why it cannot be chosen. */
  missing?: string | null;
  onPress: () => void;
}

interface Props {
  label: string;
  /** What the button shows; without it, its label. */
  children?: ReactNode;
  size?: "icon";
  look?: "main";
  choices: readonly Choice[];
}

/** A button that offers a few things to do. */
export function Menu({ label, children, size, look, choices }: Props) {
  return (
    <MenuTrigger>
      <Button {...(size === undefined ? {} : { size, label })} {...(look === undefined ? {} : { look })}>
        {children ?? label}
      </Button>
      <Popover className="menu" placement="bottom start">
        <AriaMenu
          aria-label={label}
          onAction={(id) => choices.find((choice) => choice.id === id)?.onPress()}
          disabledKeys={choices.filter((choice) => choice.isDisabled || choice.missing != null).map((choice) => choice.id)}
        >
          {choices.map((choice) => (
            <MenuItem key={choice.id} id={choice.id} textValue={choice.label}>
              {choice.icon}
              <span>
                {choice.label} {choice.missing == null ? null : <span className="why">{choice.missing}</span>}
              </span>
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
