import { useEffect, useRef, type ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";

import { isTooSoon } from "./doublePress";

interface Props {
  title: string;
  isWide?: boolean;
  /** How wide a dialog of text is at most. */
  size?: "middle" | "broad";
  /** Whether it may be left: not while something is under way. */
  isBusy?: boolean;
  extra?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}

/** A dialog over the page. Esc and a press beside it leave it. */
export function Dialog({ title, isWide, size, isBusy, extra, children, onClose }: Props) {
  const isMeant = usePressesMeant();
  return (
    <ModalOverlay
      className="veil"
      isOpen
      isDismissable={!isBusy}
      isKeyboardDismissDisabled={isBusy ?? false}
      shouldCloseOnInteractOutside={isMeant}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className={["modal", isWide ? "wide" : size].filter(Boolean).join(" ")}>
        <AriaDialog>
          <div className="top">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {extra}
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Whether the last press was meant for the dialog: the second one of a double click that opened it was not. */
function usePressesMeant(): () => boolean {
  const opened = useRef(0);
  const pressed = useRef(Infinity);
  useEffect(() => {
    opened.current = performance.now();
    const note = (event: PointerEvent) => (pressed.current = event.timeStamp);
    document.addEventListener("pointerdown", note, true);
    return () => document.removeEventListener("pointerdown", note, true);
  }, []);
  return () => !isTooSoon(opened.current, pressed.current);
}
