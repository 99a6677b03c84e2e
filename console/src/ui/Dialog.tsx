import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";

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
  return (
    <ModalOverlay
      className="veil"
      isOpen
      isDismissable={!isBusy}
      isKeyboardDismissDisabled={isBusy ?? false}
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
