package io.strandline.guide;

import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A pipeline that joins two sources within a time, and with a table. */
final class Bills {

    record Order(String number, String customer, long millis) {
        static final JsonCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
    }

    record Payment(String id, String order, long millis) {
        static final JsonCodec<Payment> CODEC = JsonCodec.of("payment", 1, Payment.class);
    }

    record Customer(String name, boolean isDeleted) {
        static final JsonCodec<Customer> CODEC = JsonCodec.of("customer", 1, Customer.class);
    }

    record Bill(String order, String customer, boolean isPaid) {
        static final JsonCodec<Bill> CODEC = JsonCodec.of("bill", 1, Bill.class);

        static Bill of(Order order, @Nullable Payment payment) {
            return new Bill(order.number(), order.customer(), payment != null);
        }
    }

    record Letter(String name, Bill bill) {
        static final JsonCodec<Letter> CODEC = JsonCodec.of("letter", 1, Letter.class);
    }

    // GUIDE: begin join
    /** Writes a letter for each order: with its payment, or when nobody has paid within a day. */
    static Pipeline letters() {
        Pipeline.Builder builder = Pipeline.named("letters", 1);
        KeyedEvents<Payment> payments = builder.from("shop/payments", Payment.CODEC)
                .eventTime(Payment::millis, Duration.ofSeconds(5))
                .keyBy(Payment::order)
                .deduplicate("payment", Payment::id, Duration.ofHours(1));
        KeyedTable<Customer> customers = builder.from("shop/customers", Customer.CODEC)
                .keyByRoutingKey()
                .asTable("customers", Customer.CODEC, customer -> customer.isDeleted() ? null : customer);
        return builder.from("shop/orders", Order.CODEC)
                .eventTime(Order::millis, Duration.ofSeconds(5))
                .keyBy(Order::number)
                .join(payments, Duration.ZERO, Duration.ofDays(1))
                .left("bills", Order.CODEC, Payment.CODEC, Bill::of)
                .keyBy(Bill::customer)
                .join("letters", customers, Bill.CODEC, (bill, customer) -> new Letter(customer.name(), bill))
                .to("shop/letters", Letter.CODEC)
                .build();
    }
    // GUIDE: end join

    private Bills() {}
}
