// The event bus of Vert.x over the WebSocket that every SockJS endpoint has. No library, no build.
export class Bus {
  constructor(url) {
    this.handlers = new Map();
    this.replies = new Map();
    this.calls = 0;
    this.socket = new WebSocket(url);
    this.socket.binaryType = 'arraybuffer'; // the bridge sends text in binary frames
    this.socket.onmessage = frame => this.take(JSON.parse(new TextDecoder().decode(frame.data)));
    this.open = new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.onerror = reject;
    });
    this.closed = new Promise(resolve => {
      this.socket.onclose = () => {
        clearInterval(this.pinging);
        this.replies.forEach(reply => reply.reject(new Error('the connection is lost')));
        resolve();
      };
    });
    this.pinging = setInterval(() => this.write({type: 'ping'}), 5000);
  }

  write(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  take(frame) {
    const reply = this.replies.get(frame.address);
    if (reply) {
      this.replies.delete(frame.address);
      if (frame.type === 'err') reply.reject(new Error(frame.message));
      else reply.resolve(frame.body);
    } else if (this.handlers.has(frame.address)) {
      this.handlers.get(frame.address)(frame.body);
    }
  }

  register(address, handler) {
    this.handlers.set(address, handler);
    this.write({type: 'register', address});
  }

  send(address, body) {
    this.write({type: 'send', address, body});
  }

  call(address, body) {
    const replyAddress = 'reply-' + ++this.calls;
    return new Promise((resolve, reject) => {
      this.replies.set(replyAddress, {resolve, reject});
      this.write({type: 'send', address, replyAddress, body});
    });
  }

  close() {
    this.socket.close();
  }
}

// Shows the events of a stream as they come. Credit is given back when a message was handled, so a page that is busy
// is sent no more than its credit. Returns how to stop.
export async function subscribe(bus, log, stream, from, onEvents) {
  const address = `strandline.${log}.to.${crypto.randomUUID()}`;
  const at = operation => `strandline.${log}.${operation}`;
  let living;
  const over = new Promise(resolve => {
    bus.register(address, async message => {
      if (message.end) {
        clearInterval(living);
        resolve(message.failure);
        return;
      }
      await onEvents(message.events, message.next);
      bus.send(at('credit'), {stream, subscription: message.subscription, received: message.receipt});
    });
  });
  const {subscription, leaseMillis} =
      await bus.call(at('subscribe'), {stream, address, from, events: 200, bytes: 65536});
  living = setInterval(() => bus.send(at('credit'), {stream, subscription}), leaseMillis / 3);
  bus.closed.then(() => clearInterval(living));
  const stop = () => {
    clearInterval(living);
    return bus.call(at('cancel'), {stream, subscription});
  };
  return {over, stop};
}
