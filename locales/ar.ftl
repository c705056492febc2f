# اللغة
language-name = العربية
direction = rtl
language-label = اللغة

# في كل صفحة
skip-to-content = الانتقال إلى المحتوى
sign-in-title = تسجيل الدخول
sign-up-title = إنشاء حساب
menu-account = الحساب
log-out = تسجيل الخروج
close = إغلاق
go-home = الذهاب إلى الصفحة الرئيسية
refusal-title = لم ينجح ذلك
offline = أنت غير متصل بالإنترنت. ما كتبته محفوظ، وسيُرسَل عندما تضغط الزر مرة أخرى.
footer-note = يعمل { $app } على خادمك أنت. بلا كلمات مرور ولا متتبّعات.
terms = شروط الاستخدام
privacy = بيان الخصوصية

# الرقم
phone-step-lead = نرسل إليك رمزًا في رسالة نصية. لا حاجة إلى كلمة مرور.
country-label = البلد
phone-label = رقم الهاتف
phone-read-back = سنرسل رسالة نصية إلى ⁦{ $phone }⁩.
phone-not-served = لا يمكننا إرسال رسائل نصية إلى أرقام ذلك البلد.
send-code = إرسال الرمز
phone-step-note = قد تكلّفك الرسالة ما تفرضه باقتك على استلام الرسائل.
legal-note = بالمتابعة تقبل:
solving = لحظة من فضلك: يجري متصفحك فحصًا قصيرًا قبل أن نرسل الرمز.

# الرمز
code-step-title = اكتب الرمز
code-sent-to = أرسلنا رمزًا إلى { $phone }.
code-reference = مرجعه { $reference }.
code-label = رمز التحقق
code-hint = { $length } أرقام.
verify = تأكيد
code-expires = الرمز صالح لمدة { $time }.
code-expiring = بقيت دقيقة واحدة لكتابة الرمز. يمكنك طلب رمز جديد في الأسفل.
code-expired = انتهت صلاحية ذلك الرمز. اطلب رمزًا جديدًا.
resend = إعادة إرسال الرمز
resend-in = بعد { $time }
resent = رسالة أخرى في طريقها إليك.
resent-or-call = أُرسل مرة أخرى. في المرة الثالثة يرنّ هاتفك ويقول صوت الرمز.
text-delivered = وصلت الرسالة إلى هاتفك.
text-failed = لم توصل الشبكة هذه الرسالة. تحقّق من الرقم أو اطلب رسالة أخرى.
change-number = تغيير الرقم
no-text = لم تصلك الرسالة بعد؟
no-text-wait = قد تتأخر الرسالة دقيقة، وأكثر في الخارج أو مع إشارة ضعيفة.
no-text-number = انظر إلى الرقم أعلاه. إن لم يكن رقمك فغيّره.
no-text-spam = انظر في مجلد الرسائل المزعجة أو المجهولة المرسِل، وتأكّد من وجود مساحة للرسائل في هاتفك.
no-text-other = إن لم تصل الرسالة الثالثة أيضًا فانتظر ساعة أو استعمل رقمًا آخر.
no-text-other-or-call = إن لم تصل المكالمة أيضًا فانتظر ساعة أو استعمل رقمًا آخر.

# البيانات
details-step-title = بياناتك
details-step-lead = تم تأكيد رقمك، وهو جديد هنا. عرّفنا بنفسك.
first-name-label = الاسم الأول
last-name-label = اسم العائلة
email-label = البريد الإلكتروني
create-account = إنشاء الحساب

# الصفحة الرئيسية
home-title = تسجيل دخول بالهاتف تديره بنفسك
home-heading = سجّل الدخول بهاتفك. لا شيء عليك أن تتذكّره.
home-lead = اكتب رقمك، ثم اكتب الرمز الذي نرسله إليك في رسالة نصية، وانتهى الأمر. ويبقى دخولك مسجّلًا في كل صفحة وبعد كل إعادة تحميل، إلى أن تسجّل الخروج.
home-try = جرّبه
home-picture-text = ⁨{ $code }⁩ هو رمزك في { $app }. لا تشاركه مع أحد.
home-welcome = مرحبًا، { $name }
home-signed-in = دخولك مسجّل
home-signed-in-lead = دخولك مسجّل على هذا الجهاز وفي كل الصفحات، إلى أن تسجّل الخروج.
home-see-account = عرض حسابك
home-point-binary = ملف تنفيذي واحد صغير
home-point-binary-text = خادمك، وملف SQLite واحد، وحسابك أنت للرسائل النصية. ثم PostgreSQL حين لا يكفي جهاز واحد.
home-point-scripts = يعمل بلا نصوص برمجية
home-point-scripts-text = كل خطوة صفحة عادية. وما يُحمَّل فوقها يزيدها سرعة لا أكثر.
home-point-codes = رموز لا تتسرّب
home-point-codes-text = يُشتق الرمز عند الحاجة إليه ولا يُخزَّن أبدًا. ويسري تسجيل الخروج فورًا في كل مكان.

# صفحة الحساب
account-title = حسابك
account-profile = الملف الشخصي
account-phone = الهاتف
account-devices = الأجهزة
account-devices-note = أنت مسجّل الدخول على هذه الأجهزة. إذا لم تعرف أحدها فسجّل خروجه.
account-log-out-others = تسجيل خروج كل الأجهزة الأخرى
account-end-all = إنهاء كل الجلسات
account-end-all-note = هل فقدت هاتفًا، أو استخدمت حاسوبًا ليس لك؟ هذا يسجّل خروجك هنا وفي كل مكان آخر.
account-passkeys = مفاتيح المرور
account-passkeys-note = سجّل الدخول ببصمتك أو وجهك أو قفل الشاشة، دون رسالة نصية.
account-passkey-add = إضافة مفتاح مرور
account-passkey-exists = لدى هذا الجهاز مفتاح مرور لحسابك بالفعل.
account-passkey-scripts = لإضافة مفتاح مرور، اسمح بالنصوص البرمجية لهذه الصفحة.
passkey-added = أُضيف { $added }.
passkey-used = آخر استخدام { $used }.
passkey-name = اسم مفتاح المرور
passkey-rename = إعادة التسمية
passkey-remove = إزالة
passkey-removed = أُزيل مفتاح المرور.
passkey-sign-in = تسجيل الدخول بمفتاح مرور
verify-no-phone = ليس لحسابك رقم هاتف. استخدم مفتاح مرور، أو سجّل الدخول مرة أخرى برمز استرداد.
verify-passkey = استخدام مفتاح مرور
account-recovery = رموز الاسترداد
account-recovery-note = برمز استرداد تدخل إلى حسابك إذا فقدت رقمك. كل رمز يعمل مرة واحدة.
recovery-none = ليست لديك رموز استرداد.
recovery-left = { $left ->
    [one] لديك رمز واحد لم يُستخدم. أُنشئت رموزك { $made }.
    [two] لديك رمزان لم يُستخدما. أُنشئا { $made }.
    [few] لديك { $left } رموز لم تُستخدم. أُنشئت { $made }.
   *[other] لديك { $left } رمزًا لم يُستخدم. أُنشئت { $made }.
}
recovery-make = إنشاء رموز استرداد
recovery-shown-once = هذه رموزك الجديدة. لا تظهر إلا الآن، والرموز السابقة لم تعد تعمل.
recovery-keep = اطبعها أو اكتبها، واحفظها بعيدًا عن هاتفك. لا تُرها لأحد: من لديه رمز يدخل إلى حسابك.
recovery-done = حفظتها
recovery-use = استخدام رمز استرداد
recovery-title = استخدام رمز استرداد
recovery-lead = اكتب رقم حسابك وأحد الرموز التي حفظتها.
recovery-code-label = رمز الاسترداد
recovery-code-hint = ‏16 حرفًا ورقمًا، مثل ‎ABCD-EFGH-JKMN-PQRS‎.
recovery-submit = تسجيل الدخول
recovery-back = تسجيل الدخول برسالة نصية
owner-title = هل هذا الحساب لك؟
owner-lead = لرقمك حساب لم يُستخدم منذ وقت طويل. الأرقام تنتقل من شخص إلى آخر، فأثبت من فضلك أنه لك.
owner-email-hint = عنوان البريد الإلكتروني الذي أعطيته لهذا الحساب.
owner-submit = متابعة
owner-not-mine = ليس لك؟
owner-new-note = الحساب الجديد لا يأخذ شيئًا من القديم.
owner-new = بدء حساب جديد
restore-title = حساب سابق لرقمك
restore-note = يعرف هذا المتصفح حسابًا كان له رقمك من قبل. إذا كان لك، يمكنك العودة إليه، ويوضع الحساب الذي تستخدمه الآن جانبًا لمدة 30 يومًا.
restore-submit = استعادة الحساب السابق
objection-title = تغيّر رقمك
objection-lead = كان لحسابك الرقم { $phone } وله الآن رقم آخر. إذا كنت أنت من غيّره فلا تفعل شيئًا. وإلا فاسترجع الرقم: تنتهي جميع الجلسات، وتُزال مفاتيح المرور ورموز الاسترداد التي أُضيفت منذ ذلك أو في الأسبوع الذي قبله.
objection-submit = لم أكن أنا، استرجع الرقم
objection-leave = كنت أنا
objection-done = عاد رقم حسابك. سجّل الدخول به وألقِ نظرة على حسابك.
objection-over = لم يعد هذا الرابط يعمل. إذا لم تستطع الدخول إلى حسابك، فاسأل مشغّل هذا الموقع.
account-history = السجل
account-history-note = ما حدث في حسابك.
account-data = بياناتك
account-data-note = ملفك الشخصي وأجهزتك ومفاتيح مرورك وسجلّك، في ملف.
account-download = تنزيل بياناتي
account-delete-note = حذف حسابك ينهي جميع جلساتك ويزيل بياناتك. لا يمكن التراجع عن ذلك.
account-delete = حذف الحساب
account-deleted = حُذف حسابك.
delete-title = حذف حسابك؟
delete-lead = يُزال الآن اسمك ورقمك وبريدك الإلكتروني وأجهزتك ومفاتيح مرورك ورموز استردادك، ويصبح الرقم { $phone } متاحًا لحساب جديد. لا يمكن التراجع عن ذلك.
delete-keep = الاحتفاظ بحسابي
verify-title = أكّد أنك أنت
verify-lead = يغيّر هذا من يستطيع تسجيل الدخول، لذا نرسل أولًا رمزًا إلى { $phone }.
number-title = غيّر رقمك
number-lead = نرسل رمزًا إلى الرقم الجديد. ثم يحل محل رقمك الحالي، ويُسجَّل خروج كل أجهزتك الأخرى.
save = حفظ
saved = تم الحفظ.

# جهاز واحد. المتصفح والنظام اسمان، مثل Firefox و Linux.
device-name = { $browser } على { $platform }
device-unknown = متصفح غير معروف
device-current = هذا الجهاز
device-times = تسجيل الدخول: { $opened }، آخر ظهور: { $seen }.
device-network = الشبكة:
device-logged-out = تم تسجيل خروج ذلك الجهاز.

# أحداث الحساب، رسالة لكل حدث في سجل التدقيق
history-signed-up = أنشأت حسابك.
history-signed-in = سجّلت الدخول.
history-signed-in-on-new-device = سجّلت الدخول على جهاز جديد.
history-passkey-used-on-new-device = سجّلت الدخول بمفتاح مرور على جهاز جديد.
history-signed-in-with-passkey = سجّلت الدخول بمفتاح مرور.
history-passkey-added = أضفت مفتاح مرور.
history-passkey-removed = أزلت مفتاح مرور.
history-signed-out = سجّلت الخروج.
history-signed-out-everywhere = سجّلت الخروج من كل مكان.
history-revoked-by-operator = أنهى مشغّل هذا الموقع كل جلساتك.
history-session-displaced = أُنهيت أقدم جلساتك لأن الجلسات كثيرة جدًا.
history-session-ended = سجّلت خروج جهاز آخر.
history-other-sessions-ended = سجّلت خروج كل الأجهزة الأخرى.
history-stepped-up = أكّدت أنك أنت.
history-recovery-codes-made = أنشأت رموز استرداد.
history-recovery-code-used = سجّلت الدخول برمز استرداد.
history-account-deleted = حذفت حسابك.
history-deleted-by-operator = حذف مشغّل هذا الموقع حسابك.
history-owner-confirmed = سجّلت الدخول بعد وقت طويل بعنوان بريدك الإلكتروني.
history-number-released = انتقل رقمك إلى حساب آخر.
history-account-restored = استعدت هذا الحساب.
history-number-change-undone = استُرجع رقمك بعد تغييره.
history-number-changed = غيّرت رقم هاتفك.
history-data-exported = نزّلت بياناتك.
history-exported-by-operator = صدّر مشغّل هذا الموقع بياناتك.
history-profile-changed = غيّرت اسمك.
history-email-changed = غيّرت عنوان بريدك الإلكتروني.
history-database-restored = استعاد مشغّل هذا الموقع قاعدة بياناته.

# الصفحة غير الموجودة
not-found-title = الصفحة غير موجودة
not-found-heading = لا توجد صفحة كهذه
not-found-lead = قد يكون العنوان قديمًا أو فيه خطأ في الكتابة.

# الخطأ في حقل. الأسماء والبريد: domain/user.rs؛ الهاتف: domain/phone.rs (missing, too-long, not-digits,
# too-short) و server/phone.rs (الباقي، والبلد)؛ الرمز: domain/otp.rs.
field-first-name-missing = اكتب اسمك الأول.
field-last-name-missing = اكتب اسم عائلتك.
field-name-too-long = هذا أطول من 100 حرف. اختصره من فضلك.
field-name-invisible = في هذا الاسم حرف غير مرئي. اكتبه من جديد من فضلك.
field-passkey-name-missing = اكتب اسمًا لمفتاح المرور.
field-email-missing = اكتب عنوان بريدك الإلكتروني.
field-email-shape = لا يبدو هذا عنوان بريد إلكتروني. اكتبه على شكل name@example.com.
field-phone-missing = اكتب رقم هاتفك المحمول.
field-phone-too-long = هذا أطول من أن يكون رقم هاتف. اكتب الرقم وحده، مثل 9876543210.
field-phone-not-digits = لا يحتوي رقم الهاتف إلا على أرقام ومسافات، وربما علامة + في أوله. احذف ما عدا ذلك.
field-phone-too-short = هذا الرقم قصير جدًا. اكتب أرقامه كلها.
field-phone-no-country = اختر البلد، أو اكتب الرقم مسبوقًا بعلامة + ورمز البلد.
field-phone-unknown = لا نعرف رقمًا كهذا. تحقّق من أرقامه ومن البلد. ورقم أي بلد آخر يبدأ بعلامة + ثم رمز البلد.
field-phone-not-mobile = هذا ليس رقم هاتف محمول، فلا تصل إليه الرسائل النصية. اكتب رقم هاتف محمول.
field-phone-unreachable = لا يمكن إرسال رسالة نصية إلى هذا الرقم. تحقق منه أو استخدم رقمًا آخر. إذا سبق أن رددت على رسائلنا بكلمة STOP فأرسل START.
field-phone-mobile-digit = هذا رقم هاتف ثابت، فلا تصل إليه الرسائل النصية. أرقام المحمول في ذلك البلد فيها { $digit } بعد ⁦+{ $code }⁩: إن كان رقمك محمولًا فاكتب ⁦+{ $code } { $digit }⁩ ثم بقية الأرقام.
field-phone-unchanged = هذا رقمك بالفعل. اكتب الرقم الجديد.
field-country-unknown = اختر بلدًا من القائمة.
field-code-not-digits = اكتب الأرقام الواردة في الرسالة النصية؛ لا مكان هنا لغير الأرقام.
field-recovery-code-invalid = يتكون رمز الاسترداد من 16 حرفًا ورقمًا، مثل ‎ABCD-EFGH-JKMN-PQRS‎. تحقق مما كتبت.
field-code-length = يتكوّن الرمز من { $length } أرقام. راجع الرسالة النصية واكتبها كلها.

# ما الذي تعذّر: رسالة لكل رمز في domain/problem.rs
problem-malformed = ينقص ذلك الطلبَ شيء. أعد تحميل الصفحة وحاول مرة أخرى.
problem-too-large = هذا النص أطول مما ينبغي. اختصره وحاول مرة أخرى.
problem-cross-site = جاء ذلك الطلب من موقع آخر، فلم يُنفَّذ شيء. افتح هذه الصفحة مباشرة وحاول مرة أخرى.
problem-wrong-host = هذا العنوان لا يعمل هنا. تحقّق من العنوان وحاول مرة أخرى.
problem-not-found = لا يوجد استدعاء كهذا. تحقّق من عنوانه.
problem-method-not-allowed = لا يمكن استخدام هذا العنوان بهذه الطريقة. اذهب إلى الصفحة الرئيسية، أو استخدم الطريقة المذكورة في التوثيق.
problem-invalid = يُرجى مراجعة ما وُضعت عليه علامة، ثم حاول مرة أخرى.
problem-country-not-served = لا يمكننا إرسال رسائل نصية إلى أرقام ذلك البلد. استخدم رقمًا من بلد آخر.
problem-cookies-blocked = متصفحك لا يحتفظ بملفات تعريف الارتباط (cookies) من موقعنا. اسمح بها لهذا الموقع، ثم أرسل الرمز مرة أخرى.
problem-already-signed-in = دخولك مسجّل بالفعل. سجّل الخروج أولًا لتدخل بحساب شخص آخر.
problem-not-signed-in = لم يعد دخولك مسجّلًا. سجّل الدخول ثم حاول مرة أخرى.
problem-verification-required = أكّد أولًا أنك أنت.
problem-no-challenge = لا يوجد رمز بالانتظار في هذا المتصفح. اكتب رقمك لتحصل على رمز.
problem-other-challenge = طُلب رمز أحدث في علامة تبويب أخرى. اكتب ذلك الرمز؛ مرجعه ظاهر هنا.
problem-code-incorrect = { $left ->
        [0] هذا الرمز غير صحيح، وكانت تلك المحاولة الأخيرة. اطلب رمزًا جديدًا.
        [one] هذا الرمز غير صحيح. بقيت لك محاولة واحدة.
        [two] هذا الرمز غير صحيح. بقيت لك محاولتان.
        [few] هذا الرمز غير صحيح. بقيت لك { $left } محاولات.
       *[other] هذا الرمز غير صحيح. بقيت لك { $left } محاولة.
    }
problem-challenge-over = لم يعد استخدام ذلك الرمز ممكنًا. اطلب رمزًا جديدًا.
problem-code-expired = انتهت صلاحية ذلك الرمز. اطلب رمزًا جديدًا.
problem-not-verified = اكتب أولًا الرمز الوارد في الرسالة النصية.
problem-number-taken = لهذا الرقم حساب بالفعل. استخدم رقمًا آخر، أو سجّل الدخول به.
problem-too-soon = يمكنك طلب رمز آخر بعد { $span }.
problem-too-often = هذا كثير الآن. يمكنك المحاولة مرة أخرى بعد { $span }.
problem-proof-required = حاول مرة أخرى بعد { $span } من فضلك. رقمك محفوظ.
problem-passkey-refused = لم يُقبل مفتاح المرور. حاول مرة أخرى، أو استخدم رسالة نصية.
problem-recovery-code-incorrect = هذا الرمز لا يفتح حسابًا لهذا الرقم. تحقق من الاثنين، أو استخدم رمزًا آخر.
problem-email-incorrect = { $left ->
    [0] ليس هذا عنوان هذا الحساب. لم تبق محاولات الآن؛ استخدم مفتاح مرور أو رمز استرداد، أو ابدأ حسابًا جديدًا.
    [one] ليس هذا عنوان هذا الحساب. بقيت لديك محاولة واحدة.
    [two] ليس هذا عنوان هذا الحساب. بقيت لديك محاولتان.
   *[other] ليس هذا عنوان هذا الحساب. بقيت لديك { $left } محاولات.
}
problem-sms-unavailable = لم نتمكن من إرسال الرسالة النصية. يُرجى المحاولة مرة أخرى بعد قليل.
problem-unavailable = لا يمكننا فعل ذلك الآن. يُرجى المحاولة مرة أخرى بعد قليل.
problem-offline = تعذّر الوصول إلينا. تحقّق من اتصالك وحاول مرة أخرى؛ ما كتبته محفوظ.

# A duration, as it is inserted in the messages above
span-seconds = { $count ->
    [one] ثانية واحدة
    [two] ثانيتين
    [few] { $count } ثوانٍ
   *[other] { $count } ثانية
}
span-minutes = { $count ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $count } دقائق
   *[other] { $count } دقيقة
}
span-hours = { $count ->
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $count } ساعات
   *[other] { $count } ساعة
}
span-days = { $count ->
    [one] يوم واحد
    [two] يومين
    [few] { $count } أيام
   *[other] { $count } يومًا
}

# الزمن منذ حدث
age-now = الآن
age = قبل { $span }
