# भाषा
language-name = हिन्दी
direction = ltr
language-label = भाषा

# हर पेज पर
skip-to-content = सीधे सामग्री पर जाएँ
sign-in-title = साइन इन
sign-up-title = साइन अप
menu-account = खाता
log-out = लॉग आउट करें
close = बंद करें
go-home = होम पेज पर जाएँ
refusal-title = यह नहीं हो पाया
offline = आप ऑफ़लाइन हैं। आपने जो लिखा है वह सुरक्षित है; बटन दोबारा दबाने पर वह भेजा जाएगा।
footer-note = { $app } आपके अपने सर्वर पर चलता है। न पासवर्ड, न ट्रैकर।
terms = उपयोग की शर्तें
privacy = निजता सूचना

# नंबर
phone-step-lead = हम आपको SMS से एक कोड भेजेंगे। पासवर्ड की ज़रूरत नहीं है।
country-label = देश
phone-label = फ़ोन नंबर
phone-read-back = हम { $phone } पर SMS भेजेंगे।
phone-not-served = उस देश के नंबरों पर हम SMS नहीं भेज सकते।
send-code = कोड भेजें
phone-step-note = SMS पाने पर आपके प्लान के हिसाब से शुल्क लग सकता है।
legal-note = आगे बढ़ने पर आप इन्हें मानते हैं:
solving = एक पल: कोड भेजने से पहले आपका ब्राउज़र एक छोटी-सी जाँच कर रहा है।

# कोड
code-step-title = अपना कोड लिखें
code-sent-to = हमने { $phone } पर एक कोड भेजा है।
code-reference = इसका संदर्भ { $reference } है।
code-label = पुष्टि कोड
code-hint = { $length } अंक।
verify = पुष्टि करें
code-expires = यह कोड { $time } के लिए मान्य है।
code-expiring = कोड लिखने के लिए एक मिनट बचा है। आप नीचे नया कोड माँग सकते हैं।
code-expired = उस कोड का समय ख़त्म हो गया है। नया कोड माँगें।
resend = कोड दोबारा भेजें
resend-in = { $time } में
resent = एक और SMS भेज दिया गया है।
resent-or-call = फिर भेज दिया गया है। तीसरी बार आपके फ़ोन पर कॉल आएगी और एक आवाज़ कोड बताएगी।
text-delivered = SMS आपके फ़ोन पर पहुँच गया है।
text-failed = नेटवर्क ने यह SMS नहीं पहुँचाया। नंबर जाँचें या एक और SMS मँगवाएँ।
change-number = नंबर बदलें
no-text = SMS नहीं आया?
no-text-wait = SMS आने में एक मिनट लग सकता है; विदेश में या कमज़ोर नेटवर्क पर और देर भी।
no-text-number = ऊपर लिखा नंबर देखें। वह आपका नहीं है तो उसे बदलें।
no-text-spam = अनजान नंबरों या स्पैम वाला फ़ोल्डर देखें, और यह भी कि फ़ोन में SMS के लिए जगह है।
no-text-other = तीसरा SMS भी न आए तो एक घंटे बाद कोशिश करें या कोई और नंबर दें।
no-text-other-or-call = कॉल भी न आए तो एक घंटे बाद कोशिश करें या कोई और नंबर दें।

# जानकारी
details-step-title = आपकी जानकारी
details-step-lead = आपके नंबर की पुष्टि हो गई है, और यह यहाँ नया है। हमें अपने बारे में बताएँ।
first-name-label = पहला नाम
last-name-label = उपनाम
email-label = ईमेल
create-account = खाता बनाएँ

# होम पेज
home-title = फ़ोन से साइन इन, जिसे आप ख़ुद चलाते हैं
home-heading = अपने फ़ोन से साइन इन करें। याद रखने को कुछ नहीं।
home-lead = अपना नंबर लिखें, SMS में आया कोड लिखें, बस हो गया। जब तक आप लॉग आउट नहीं करते, हर पेज पर और हर बार दोबारा लोड करने पर आप साइन इन रहेंगे।
home-try = आज़माकर देखें
home-picture-text = { $code } आपका { $app } कोड है। इसे किसी को न बताएँ।
home-welcome = आपका स्वागत है, { $name }
home-signed-in = आप साइन इन हैं
home-signed-in-lead = इस डिवाइस पर आप हर पेज पर साइन इन रहेंगे, जब तक लॉग आउट न करें।
home-see-account = अपना खाता देखें
home-point-binary = एक छोटी-सी बाइनरी
home-point-binary-text = आपका सर्वर, एक SQLite फ़ाइल, आपका अपना SMS खाता। एक मशीन कम पड़े तो PostgreSQL।
home-point-scripts = स्क्रिप्ट के बिना भी चलता है
home-point-scripts-text = हर चरण एक सादा पेज है। उसके ऊपर जो लोड होता है, वह उसे बस तेज़ बनाता है।
home-point-codes = कोड जो लीक नहीं हो सकते
home-point-codes-text = कोड ज़रूरत पड़ने पर ही बनता है और कभी सहेजा नहीं जाता। लॉग आउट हर जगह तुरंत लागू होता है।

# खाते का पेज
account-title = आपका खाता
account-profile = प्रोफ़ाइल
account-phone = फ़ोन
account-devices = डिवाइस
account-devices-note = आप इन डिवाइस पर साइन इन हैं। जिसे आप नहीं पहचानते, उसे लॉग आउट कर दें।
account-log-out-others = बाक़ी सभी डिवाइस लॉग आउट करें
account-end-all = सभी सत्र समाप्त करें
account-end-all-note = फ़ोन खो गया, या किसी और का कंप्यूटर इस्तेमाल किया? इससे आप यहाँ और बाक़ी हर जगह से लॉग आउट हो जाएँगे।
account-passkeys = पासकी
account-passkeys-note = अपनी उंगली की छाप, चेहरे या स्क्रीन लॉक से साइन इन करें। किसी SMS की ज़रूरत नहीं।
account-passkey-add = पासकी जोड़ें
account-passkey-exists = इस डिवाइस पर आपके खाते की पासकी पहले से है।
account-passkey-scripts = पासकी जोड़ने के लिए इस पेज की स्क्रिप्ट चालू करें।
passkey-added = { $added } जोड़ी गई।
passkey-used = पिछली बार { $used } इस्तेमाल हुई।
passkey-name = पासकी का नाम
passkey-rename = नाम बदलें
passkey-remove = हटाएँ
passkey-removed = वह पासकी हटा दी गई।
passkey-sign-in = पासकी से साइन इन करें
verify-no-phone = आपके खाते में कोई फ़ोन नंबर नहीं है। पासकी का इस्तेमाल करें, या रिकवरी कोड से फिर साइन इन करें।
verify-passkey = पासकी का इस्तेमाल करें
account-recovery = रिकवरी कोड
account-recovery-note = अगर आपका नंबर खो जाए, तो रिकवरी कोड से आप अपने खाते में जा सकते हैं। हर कोड एक बार चलता है।
recovery-none = आपके पास कोई रिकवरी कोड नहीं है।
recovery-left = { $left ->
    [one] आपके पास 1 कोड बचा है। कोड { $made } बने थे।
   *[other] आपके पास { $left } कोड बचे हैं। वे { $made } बने थे।
}
recovery-make = रिकवरी कोड बनाएँ
recovery-shown-once = ये आपके नए कोड हैं। ये सिर्फ़ अभी दिखेंगे; पुराने कोड अब नहीं चलेंगे।
recovery-keep = इन्हें छाप लें या लिख लें, और फ़ोन से अलग रखें। किसी को न दिखाएँ: जिसके पास कोड है, वह आपके खाते में जा सकता है।
recovery-done = मैंने सहेज लिए
recovery-use = रिकवरी कोड का इस्तेमाल करें
recovery-title = रिकवरी कोड का इस्तेमाल करें
recovery-lead = अपने खाते का नंबर और सहेजे हुए कोड में से एक लिखें।
recovery-code-label = रिकवरी कोड
recovery-code-hint = 16 अक्षर और अंक, जैसे ABCD-EFGH-JKMN-PQRS।
recovery-submit = साइन इन करें
recovery-back = SMS से साइन इन करें
owner-title = क्या यह खाता आपका है?
owner-lead = आपके नंबर का एक खाता है, जो लंबे समय से इस्तेमाल नहीं हुआ। नंबर दूसरे लोगों को मिल जाते हैं, इसलिए दिखाएँ कि खाता आपका है।
owner-email-hint = वह ईमेल पता, जो आपने इस खाते के लिए दिया था।
owner-submit = आगे बढ़ें
owner-not-mine = आपका नहीं है?
owner-new-note = नया खाता पुराने खाते से कुछ नहीं लेता।
owner-new = नया खाता शुरू करें
restore-title = आपके नंबर का पुराना खाता
restore-note = यह ब्राउज़र एक खाते को जानता है, जिसका पहले यही नंबर था। अगर वह आपका है, तो आप उस पर लौट सकते हैं; अभी वाला खाता तब 30 दिन के लिए अलग रखा जाएगा।
restore-submit = पुराना खाता वापस लाएँ
objection-title = आपका नंबर बदला गया
objection-lead = आपके खाते का नंबर { $phone } था, अब दूसरा है। अगर यह आपने किया, तो कुछ न करें। अगर नहीं, तो नंबर वापस लें: सभी सत्र खत्म होंगे, और तब से या उससे एक हफ़्ते पहले जोड़ी गई पासकी और रिकवरी कोड हट जाएँगे।
objection-submit = यह मैं नहीं था, नंबर वापस लें
objection-leave = यह मैंने किया
objection-done = आपके खाते का नंबर वापस आ गया। उससे साइन इन करें और अपना खाता देखें।
objection-over = यह लिंक अब नहीं चलता। अगर आप खाते में नहीं जा पा रहे, तो इस साइट के संचालक से पूछें।
account-history = इतिहास
account-history-note = आपके खाते में क्या-क्या हुआ।
account-data = आपका डेटा
account-data-note = आपकी प्रोफ़ाइल, डिवाइस, पासकी और इतिहास, एक फ़ाइल के रूप में।
account-download = मेरा डेटा डाउनलोड करें
account-delete-note = खाता हटाने से आपके सभी सत्र खत्म हो जाते हैं और आपका डेटा मिट जाता है। इसे वापस नहीं लिया जा सकता।
account-delete = खाता हटाएँ
account-deleted = आपका खाता हटा दिया गया।
delete-title = अपना खाता हटाएँ?
delete-lead = आपका नाम, नंबर, ईमेल पता, डिवाइस, पासकी और रिकवरी कोड अभी मिट जाएँगे, और { $phone } नंबर नए खाते के लिए खाली हो जाएगा। इसे वापस नहीं लिया जा सकता।
delete-keep = मेरा खाता रखें
verify-title = पुष्टि करें कि यह आप ही हैं
verify-lead = इससे बदलता है कि कौन साइन इन कर सकता है, इसलिए हम पहले { $phone } पर एक कोड भेजते हैं।
number-title = अपना नंबर बदलें
number-lead = हम नए नंबर पर एक कोड भेजते हैं। फिर वह आपके अभी के नंबर की जगह ले लेता है, और आपके बाक़ी सभी डिवाइस लॉग आउट हो जाते हैं।
save = सहेजें
saved = सहेज लिया गया।

# एक डिवाइस। ब्राउज़र और प्लेटफ़ॉर्म नाम हैं, जैसे Firefox और Linux।
device-name = { $platform } पर { $browser }
device-unknown = अज्ञात ब्राउज़र
device-current = यह डिवाइस
device-times = साइन इन: { $opened }, पिछली बार देखा गया: { $seen }।
device-network = नेटवर्क:
device-logged-out = वह डिवाइस लॉग आउट हो गया।

# खाते की घटनाएँ, ऑडिट लॉग की हर घटना के लिए एक संदेश
history-signed-up = आपने साइन अप किया।
history-signed-in = आपने साइन इन किया।
history-signed-in-on-new-device = आपने एक नए डिवाइस पर साइन इन किया।
history-passkey-used-on-new-device = आपने एक नए डिवाइस पर पासकी से साइन इन किया।
history-signed-in-with-passkey = आपने पासकी से साइन इन किया।
history-passkey-added = आपने एक पासकी जोड़ी।
history-passkey-removed = आपने एक पासकी हटाई।
history-signed-out = आपने लॉग आउट किया।
history-signed-out-everywhere = आपने हर जगह से लॉग आउट किया।
history-revoked-by-operator = इस साइट के संचालक ने आपके सभी सत्र समाप्त किए।
history-session-displaced = आपका सबसे पुराना सत्र समाप्त हुआ, क्योंकि सत्र बहुत अधिक थे।
history-session-ended = आपने एक दूसरा डिवाइस लॉग आउट किया।
history-other-sessions-ended = आपने बाक़ी सभी डिवाइस लॉग आउट किए।
history-stepped-up = आपने पुष्टि की कि यह आप ही हैं।
history-recovery-codes-made = आपने रिकवरी कोड बनाए।
history-recovery-code-used = आपने रिकवरी कोड से साइन इन किया।
history-account-deleted = आपने अपना खाता हटाया।
history-deleted-by-operator = इस साइट के संचालक ने आपका खाता हटाया।
history-owner-confirmed = लंबे समय बाद आपने अपने ईमेल पते से साइन इन किया।
history-number-released = आपका नंबर किसी दूसरे खाते को मिल गया।
history-account-restored = आपने यह खाता वापस लाया।
history-number-change-undone = बदलाव के बाद आपका नंबर वापस लिया गया।
history-number-changed = आपने अपना फ़ोन नंबर बदला।
history-data-exported = आपने अपना डेटा डाउनलोड किया।
history-exported-by-operator = इस साइट के संचालक ने आपका डेटा निर्यात किया।
history-profile-changed = आपने अपना नाम बदला।
history-email-changed = आपने अपना ईमेल पता बदला।
history-database-restored = इस साइट के संचालक ने डेटाबेस बैकअप से लौटाया।

# जो पेज नहीं है
not-found-title = पेज नहीं मिला
not-found-heading = ऐसा कोई पेज नहीं है
not-found-lead = हो सकता है पता पुराना हो या ग़लत लिखा गया हो।

# किसी फ़ील्ड में क्या ग़लत है। नाम और ईमेल: domain/user.rs; फ़ोन: domain/phone.rs (missing, too-long, not-digits,
# too-short) और server/phone.rs (बाक़ी, और देश); कोड: domain/otp.rs.
field-first-name-missing = अपना पहला नाम लिखें।
field-last-name-missing = अपना उपनाम लिखें।
field-name-too-long = यह 100 अक्षरों से लंबा है। कृपया इसे छोटा करें।
field-name-invisible = इस नाम में एक अदृश्य अक्षर है। कृपया इसे फिर से लिखें।
field-passkey-name-missing = पासकी का नाम लिखें।
field-email-missing = अपना ईमेल पता लिखें।
field-email-shape = यह ईमेल पता नहीं लगता। इसे name@example.com की तरह लिखें।
field-phone-missing = अपना मोबाइल नंबर लिखें।
field-phone-too-long = यह फ़ोन नंबर के लिए बहुत लंबा है। केवल नंबर लिखें, जैसे 98765 43210।
field-phone-not-digits = फ़ोन नंबर में केवल अंक, ख़ाली जगह और शुरू में + हो सकता है। बाक़ी सब हटा दें।
field-phone-too-short = यह नंबर बहुत छोटा है। इसके सभी अंक लिखें।
field-phone-no-country = देश चुनें, या नंबर के शुरू में + और देश का कोड लिखें।
field-phone-unknown = हम इस नंबर को नहीं पहचानते। इसके अंक और देश जाँचें। किसी और देश का नंबर + और उस देश के कोड से शुरू होता है।
field-phone-not-mobile = यह मोबाइल नंबर नहीं है, इसलिए इस पर SMS नहीं पहुँच सकता। कोई मोबाइल नंबर लिखें।
field-phone-unreachable = इस नंबर पर SMS नहीं भेजा जा सकता। इसे जाँचें या कोई दूसरा नंबर लिखें। अगर आपने कभी हमारे SMS के जवाब में STOP लिखा था, तो START लिखकर भेजें।
field-phone-mobile-digit = यह लैंडलाइन नंबर है, इसलिए इस पर SMS नहीं पहुँच सकता। उस देश के मोबाइल नंबरों में +{ $code } के बाद { $digit } होता है: अगर आपका नंबर मोबाइल है, तो +{ $code } { $digit } लिखकर बाक़ी अंक लिखें।
field-phone-unchanged = यह पहले से ही आपका नंबर है। नया नंबर लिखें।
field-country-unknown = सूची में से कोई देश चुनें।
field-code-not-digits = SMS में आए अंक लिखें; यहाँ केवल अंक लिखे जाते हैं।
field-recovery-code-invalid = रिकवरी कोड में 16 अक्षर और अंक होते हैं, जैसे ABCD-EFGH-JKMN-PQRS। जो लिखा है, उसे जाँचें।
field-code-length = कोड में { $length } अंक होते हैं। SMS देखें और सभी अंक लिखें।

# क्या ग़लत हुआ: domain/problem.rs के हर कोड के लिए एक संदेश
problem-malformed = उस अनुरोध में कुछ कमी है। पेज को दोबारा लोड करें और फिर कोशिश करें।
problem-too-large = यह बहुत ज़्यादा टेक्स्ट है। इसे छोटा करें और फिर कोशिश करें।
problem-cross-site = वह अनुरोध किसी दूसरी साइट से आया था, इसलिए कुछ नहीं किया गया। इस पेज को सीधे खोलें और फिर कोशिश करें।
problem-wrong-host = यह पता यहाँ काम नहीं करता। पता जाँचें और फिर कोशिश करें।
problem-not-found = ऐसी कोई API कॉल नहीं है। उसका पता जाँचें।
problem-method-not-allowed = इस पते का इस तरह इस्तेमाल नहीं हो सकता। होम पेज पर जाएँ, या दस्तावेज़ में दिया गया मेथड इस्तेमाल करें।
problem-invalid = कृपया निशान लगी जगहें जाँचें और फिर कोशिश करें।
problem-country-not-served = उस देश के नंबरों पर हम SMS नहीं भेज सकते। किसी और देश का नंबर लिखें।
problem-cookies-blocked = आपका ब्राउज़र हमारी कुकीज़ (cookies) नहीं रखता। इस साइट के लिए कुकीज़ की अनुमति दें, फिर दोबारा कोड भेजें।
problem-already-signed-in = आप पहले से साइन इन हैं। किसी और के रूप में साइन इन करने के लिए पहले लॉग आउट करें।
problem-not-signed-in = अब आप साइन इन नहीं हैं। साइन इन करके फिर कोशिश करें।
problem-verification-required = पहले पुष्टि करें कि यह आप ही हैं।
problem-no-challenge = इस ब्राउज़र में कोई कोड बाक़ी नहीं है। कोड पाने के लिए अपना नंबर लिखें।
problem-other-challenge = किसी दूसरे टैब में एक नया कोड माँगा गया था। वही कोड लिखें; उसका संदर्भ यहाँ दिख रहा है।
problem-code-incorrect = { $left ->
        [0] यह कोड सही नहीं है, और यह आख़िरी कोशिश थी। नया कोड माँगें।
        [one] यह कोड सही नहीं है। आप { $left } बार और कोशिश कर सकते हैं।
       *[other] यह कोड सही नहीं है। आप { $left } बार और कोशिश कर सकते हैं।
    }
problem-challenge-over = वह कोड अब इस्तेमाल नहीं हो सकता। नया कोड माँगें।
problem-code-expired = उस कोड का समय ख़त्म हो गया है। नया कोड माँगें।
problem-not-verified = पहले SMS में आया कोड लिखें।
problem-number-taken = इस नंबर का पहले से एक खाता है। कोई दूसरा नंबर इस्तेमाल करें, या इससे साइन इन करें।
problem-too-soon = आप { $span } बाद दूसरा कोड माँग सकते हैं।
problem-too-often = अभी के लिए यह बहुत ज़्यादा है। आप { $span } बाद फिर कोशिश कर सकते हैं।
problem-proof-required = कृपया { $span } रुकें, फिर दोबारा कोशिश करें। आपका नंबर सुरक्षित है।
problem-passkey-refused = वह पासकी स्वीकार नहीं हुई। फिर कोशिश करें, या SMS का इस्तेमाल करें।
problem-recovery-code-incorrect = यह कोड इस नंबर का कोई खाता नहीं खोलता। दोनों जाँचें, या दूसरा कोड लिखें।
problem-email-incorrect = { $left ->
    [0] यह इस खाते का पता नहीं है। अभी और कोशिश नहीं हो सकती; पासकी या रिकवरी कोड का इस्तेमाल करें, या नया खाता शुरू करें।
    [one] यह इस खाते का पता नहीं है। 1 कोशिश बाकी है।
   *[other] यह इस खाते का पता नहीं है। { $left } कोशिशें बाकी हैं।
}
problem-sms-unavailable = हम SMS नहीं भेज पाए। कृपया थोड़ी देर में फिर कोशिश करें।
problem-unavailable = हम अभी यह नहीं कर सकते। कृपया थोड़ी देर में फिर कोशिश करें।
problem-offline = हमसे संपर्क नहीं हो पा रहा है। अपना कनेक्शन जाँचें और फिर कोशिश करें; आपने जो लिखा है वह सुरक्षित है।

# A duration, as it is inserted in the messages above
span-seconds = { $count } सेकंड
span-minutes = { $count } मिनट
span-hours = { $count } घंटे
span-days = { $count } दिन

# किसी घटना के बाद का समय
age-now = अभी-अभी
age = { $span } पहले
